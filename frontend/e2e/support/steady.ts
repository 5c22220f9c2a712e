import type { Page } from "@playwright/test";

/** What the log showed in one frame: the messages in view by `seq`, with their distance from the top of the log, px. */
type Frame = [seq: number, top: number][];

/** Positions are whole pixels of the screen, px. */
const ROUNDING = 2;

/** Rows that a late frame may have passed. */
const LATE = 100;

/** Watches the messages in view, frame by frame, while `act` runs. */
async function framesOf(page: Page, act: () => Promise<void>): Promise<Frame[]> {
  await page.evaluate(() => {
    const frames: Frame[] = [];
    Object.assign(window, { seenFrames: frames });
    const note = () => {
      if ((window as { seenFrames?: Frame[] }).seenFrames !== frames) return;
      const log = document.querySelector("[role=log]");
      const box = log?.getBoundingClientRect();
      const frame: Frame = [];
      for (const row of log?.querySelectorAll<HTMLElement>("[data-seq]") ?? []) {
        // What is above the message in its row comes and goes with the messages before it.
        const { top, bottom } = (row.querySelector("[data-held]") ?? row).getBoundingClientRect();
        if (box && bottom > box.top && top < box.bottom) frame.push([Number(row.dataset.seq), top - box.top]);
      }
      frames.push(frame);
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
    if (frame.length === 0) continue;
    const seqs = frame.map(([seq]) => seq);
    if (seqs.some((seq, at) => at > 0 && seq !== (seqs[at - 1] ?? 0) + 1)) found.push(`order ${seqs.join(" ")}`);
    const tops = new Map(before);
    const moves = frame.flatMap(([seq, top]) => (tops.has(seq) ? top - (tops.get(seq) ?? 0) : []));
    const [from = 0, to = 0] = [before?.[0]?.[0], seqs[0]];
    // A frame that came late may show none of the rows of the one before.
    const step = way === "up" ? from - to : to - from;
    if (before && moves.length === 0 && (step < 0 || step > LATE)) found.push(`from ${from} to ${to} at once`);
    const [least, most] = [Math.min(...moves), Math.max(...moves)];
    if (most - least > ROUNDING) found.push(`rows at ${seqs[0]} moved by ${least} to ${most} px`);
    if (way === "up" ? least < -ROUNDING : most > ROUNDING)
      found.push(`at ${seqs[0]} back by ${way === "up" ? least : most} px`);
    before = frame;
  }
  return found;
}
