import type { Page } from "@playwright/test";

/** What the log showed in one frame. */
interface Frame {
  /** Of the page's clock, ms. */
  at: number;
  /** The messages in view by `seq`, with their distance from the top of the log, px. */
  rows: [seq: number, top: number][];
}

/** Positions are whole pixels of the screen, px. */
const ROUNDING = 2;

/** Rows that a frame may have passed, and a late one for each ms more: those of a line, at the greatest speed. */
const PASSED = 100;
const PASSED_IN_MS = 30 / 41;

/** Watches the messages in view, frame by frame, while `act` runs. */
async function framesOf(page: Page, act: () => Promise<void>): Promise<Frame[]> {
  await page.evaluate(() => {
    const frames: Frame[] = [];
    Object.assign(window, { seenFrames: frames });
    const note = (at: number) => {
      if ((window as { seenFrames?: Frame[] }).seenFrames !== frames) return;
      const log = document.querySelector("[role=log]");
      const box = log?.getBoundingClientRect();
      const rows: Frame["rows"] = [];
      for (const row of log?.querySelectorAll<HTMLElement>("[data-seq]") ?? []) {
        // What is above the message in its row comes and goes with the messages before it.
        const { top, bottom } = (row.querySelector("[data-held]") ?? row).getBoundingClientRect();
        if (box && bottom > box.top && top < box.bottom) rows.push([Number(row.dataset.seq), top - box.top]);
      }
      frames.push({ at, rows });
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  });
  await act();
  return page.evaluate(() => {
    const { seenFrames = [] } = window as { seenFrames?: Frame[] };
    Object.assign(window, { seenFrames: undefined });
    return seenFrames;
  });
}

/**
 * What was not in order while `act` scrolled one way: a row that came twice, or was missing between two others, or went
 * against the scroll or otherwise than the rows around it. Nothing in the conversation may be invisible.
 */
export async function disorder(page: Page, way: "up" | "down", act: () => Promise<void>): Promise<string[]> {
  const found: string[] = [];
  let before: Frame | undefined;
  for (const frame of await framesOf(page, act)) {
    // Nothing is drawn yet where a late frame has come to.
    if (frame.rows.length === 0) continue;
    const seqs = frame.rows.map(([seq]) => seq);
    if (seqs.some((seq, at) => at > 0 && seq !== (seqs[at - 1] ?? 0) + 1)) found.push(`order ${seqs.join(" ")}`);
    const tops = new Map(before?.rows);
    const moves = frame.rows.flatMap(([seq, top]) => (tops.has(seq) ? top - (tops.get(seq) ?? 0) : []));
    const [from = 0, to = 0] = [before?.rows[0]?.[0], seqs[0]];
    // A frame that came late may show none of the rows of the one before.
    const step = way === "up" ? from - to : to - from;
    const passed = PASSED + (frame.at - (before?.at ?? 0)) * PASSED_IN_MS;
    if (before && moves.length === 0 && (step < 0 || step > passed)) found.push(`from ${from} to ${to} at once`);
    const [least, most] = [Math.min(...moves), Math.max(...moves)];
    if (most - least > ROUNDING) found.push(`rows at ${seqs[0]} moved by ${least} to ${most} px`);
    if (way === "up" ? least < -ROUNDING : most > ROUNDING)
      found.push(`at ${seqs[0]} back by ${way === "up" ? least : most} px`);
    before = frame;
  }
  return found;
}
