import { describe, expect, it } from "vitest";
import { replies, swipeFrom, swipeTo, type Point } from "./swiping";

const WIDTH = 390;
const [LTR, RTL] = [false, true];
const at = (x: number, y = 400): Point => ({ x, y });

describe("a finger on a message", () => {
  it.each<[what: string, path: Point[], rightToLeft: boolean, state: string, by: number | undefined, replies: boolean]>(
    [
      ["has not moved enough to tell", [at(100), at(106, 404)], LTR, "undecided", undefined, false],
      ["goes right", [at(100), at(112)], LTR, "swiping", 2, false],
      ["is followed", [at(100), at(120), at(150)], LTR, "swiping", 40, false],
      ["is not far enough", [at(100), at(120), at(165)], LTR, "swiping", 55, false],
      ["is far enough", [at(100), at(120), at(166)], LTR, "swiping", 56, true],
      ["drags more heavily then", [at(100), at(120), at(206)], LTR, "swiping", 66, true],
      ["never drags further than that", [at(100), at(120), at(380)], LTR, "swiping", 76, true],
      ["comes back", [at(100), at(170), at(130)], LTR, "swiping", 20, false],
      ["comes back past where it began", [at(100), at(170), at(60)], LTR, "swiping", 0, false],
      ["may leave the line once it swipes", [at(100), at(120), at(170, 470)], LTR, "swiping", 57, true],
      ["goes down: scrolls", [at(100), at(102, 412)], LTR, "lost", undefined, false],
      ["goes askew: scrolls", [at(100), at(110, 410)], LTR, "lost", undefined, false],
      ["scrolls, and goes right then", [at(100), at(102, 412), at(200, 412)], LTR, "lost", undefined, false],
      ["goes left", [at(200), at(180)], LTR, "lost", undefined, false],
      ["goes left, and right then", [at(200), at(180), at(300)], LTR, "lost", undefined, false],
      ["begins at the left edge, where it goes back", [at(19), at(100)], LTR, "lost", undefined, false],
      ["begins at the right edge, where it goes back", [at(371), at(280)], RTL, "lost", undefined, false],
      ["goes left where lines end there", [at(300), at(280), at(234)], RTL, "swiping", 56, true],
      ["goes right where lines begin there", [at(100), at(170)], RTL, "lost", undefined, false],
    ],
  )("%s", (_, [from = at(0), ...path], rightToLeft, state, by, done) => {
    const swipe = path.reduce((now, to) => swipeTo(now, to, rightToLeft), swipeFrom(from, WIDTH));
    expect(swipe.state).toBe(state);
    expect("by" in swipe ? swipe.by : undefined).toBe(by);
    expect(replies(swipe)).toBe(done);
  });
});
