/** Before a finger has moved so far, px, it may still scroll, press or swipe. */
const SLACK = 10;

/** A swipe is so much flatter than it is high. */
const FLAT = 1.5;

/** From here on, letting go replies, px. */
export const FAR_ENOUGH = 56;

/** A row gives way to a finger beyond that by a part only, and never further than to here, px. */
const RESISTANCE = 0.25;
const FARTHEST = 76;

/** At the edges of the screen a swipe is the system's: back, px. */
const EDGE = 20;

export interface Point {
  x: number;
  y: number;
}

/** One finger on a message, from where it went down. */
export type Swipe =
  | { state: "undecided"; from: Point }
  /** `by`: how far the message has followed towards where lines end, px. */
  | { state: "swiping"; from: Point; by: number }
  /** It scrolls, or does something else; nothing makes a swipe of it any more. */
  | { state: "lost" };

const LOST: Swipe = { state: "lost" };

/** A finger goes down on a screen `width` px wide. */
export function swipeFrom(from: Point, width: number): Swipe {
  return from.x < EDGE || from.x > width - EDGE ? LOST : { state: "undecided", from };
}

/** The finger is at `to` now; in a right-to-left layout swipes go left. */
export function swipeTo(swipe: Swipe, to: Point, rightToLeft: boolean): Swipe {
  if (swipe.state === "lost") return swipe;
  const { from } = swipe;
  const along = (to.x - from.x) * (rightToLeft ? -1 : 1);
  const across = Math.abs(to.y - from.y);
  if (swipe.state === "undecided") {
    if (Math.hypot(along, across) < SLACK) return swipe;
    if (along < across * FLAT) return LOST;
  }
  const moved = Math.max(0, along - SLACK);
  const by = moved <= FAR_ENOUGH ? moved : FAR_ENOUGH + (moved - FAR_ENOUGH) * RESISTANCE;
  return { state: "swiping", from, by: Math.min(by, FARTHEST) };
}

/** What letting go now would do. */
export function replies(swipe: Swipe): boolean {
  return swipe.state === "swiping" && swipe.by >= FAR_ENOUGH;
}
