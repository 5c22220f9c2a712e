import type { Page } from "@playwright/test";
import { mainThreadTime } from "./tab";

export interface Frames {
  count: number;
  /** Milliseconds between frames. */
  p50: number;
  p95: number;
  longest: number;
  /** Frames that were due, at 60 a second, and did not come, as a share of those that were due. */
  dropped: number;
  /** Processor time of the tab's main thread for each frame that was due, milliseconds. */
  work: number;
}

const FRAME_MS = 1_000 / 60;

/** Watches the frames of the page while `act` runs. */
export async function framesDuring(page: Page, act: () => Promise<unknown>): Promise<Frames> {
  await page.evaluate(() => {
    const times: number[] = [];
    Object.assign(window, { frameTimes: times });
    const note = (at: number) => {
      times.push(at);
      if ((window as { frameTimes?: number[] }).frameTimes === times) requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  });
  const before = await mainThreadTime(page);
  await act();
  const worked = (await mainThreadTime(page)) - before;
  const times = await page.evaluate(() => {
    const { frameTimes = [] } = window as { frameTimes?: number[] };
    Object.assign(window, { frameTimes: undefined });
    return frameTimes;
  });
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at));
  const sorted = gaps.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
  const missed = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / FRAME_MS) - 1), 0);
  return {
    count: gaps.length,
    p50: at(0.5),
    p95: at(0.95),
    longest: sorted.at(-1) ?? 0,
    dropped: missed / (missed + gaps.length),
    work: worked / (missed + gaps.length),
  };
}

/** Scrolls what is under the middle of the log as a finger or a wheel does: the browser's own way, px and px/s. */
export async function scroll(page: Page, distance: number, speed: number): Promise<void> {
  const box = await page.getByRole("log").boundingBox();
  if (!box) throw new Error("no log to scroll");
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Input.synthesizeScrollGesture", {
    x: Math.round(box.x + box.width / 2),
    y: Math.round(box.y + box.height / 2),
    yDistance: distance,
    speed,
    preventFling: true,
    gestureSourceType: "mouse",
  });
  await cdp.detach();
}

export function tell({ count, p50, p95, longest, dropped, work }: Frames): string {
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const times = `p50 ${ms(p50)}, p95 ${ms(p95)}, longest ${ms(longest)}`;
  return `${count} frames, ${times}, ${(100 * dropped).toFixed(1)} % dropped; ${ms(work)} of work each`;
}
