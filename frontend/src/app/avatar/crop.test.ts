import { expect, test } from "vitest";
import { CENTRED, cutOf, fit, zoomTo } from "./crop";

const WIDE = { width: 1000, height: 400 };

test("at first the middle is cut, as large as the shorter edge", () => {
  expect(cutOf(CENTRED, WIDE)).toEqual({ x: 300, y: 0, side: 400 });
});

test("a picture is moved to its edges and no further", () => {
  const left = fit({ zoom: 1, x: 9, y: 9 }, WIDE);
  expect(cutOf(left, WIDE)).toEqual({ x: 0, y: 0, side: 400 });
  const right = fit({ zoom: 1, x: -9, y: 0 }, WIDE);
  expect(cutOf(right, WIDE)).toEqual({ x: 600, y: 0, side: 400 });
});

test("zooming keeps the middle, within bounds", () => {
  const near = zoomTo(CENTRED, 2, WIDE);
  expect(cutOf(near, WIDE)).toEqual({ x: 400, y: 100, side: 200 });
  expect(zoomTo(CENTRED, 99, WIDE).zoom).toBe(5);
  const corner = fit({ zoom: 2, x: 9, y: 9 }, WIDE);
  const out = cutOf(zoomTo(corner, 1, WIDE), WIDE);
  expect(out.x).toBeGreaterThanOrEqual(0);
  expect(out.y).toBe(0);
});
