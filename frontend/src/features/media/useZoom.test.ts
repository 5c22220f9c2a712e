import { expect, test } from "vitest";
import { keepInside, zoomTo } from "./useZoom";

const ROOM = { width: 400, height: 300 };
const WHOLE = { scale: 1, x: 0, y: 0 };

test("what is under the pointer stays there", () => {
  const view = zoomTo(WHOLE, 2, 100, 50, ROOM);
  // A point at p of the picture is shown at x + p · scale.
  expect(view.x + 100 * view.scale).toBe(100);
  expect(view.y + 50 * view.scale).toBe(50);
});

test("zooming out ends with the whole picture in its place, in with a bound", () => {
  expect(zoomTo({ scale: 3, x: 80, y: -20 }, 0.5, 10, 10, ROOM)).toEqual(WHOLE);
  expect(zoomTo(WHOLE, 100, 0, 0, ROOM).scale).toBe(6);
});

test("no edge of the picture comes inside the room", () => {
  expect(keepInside({ scale: 2, x: 999, y: -999 }, ROOM)).toEqual({ scale: 2, x: 200, y: -150 });
});
