import { expect, it } from "vitest";
import { frameOf } from "./frame";

it.each([
  [
    { width: 800, height: 500 },
    { width: 320, height: 200 },
  ],
  [
    { width: 500, height: 900 },
    { width: 178, height: 320 },
  ],
  [
    { width: 4000, height: 100 },
    { width: 320, height: 90 },
  ],
  [
    { width: 40, height: 40 },
    { width: 120, height: 90 },
  ],
  [
    { width: 320, height: 240 },
    { width: 320, height: 240 },
  ],
  [{}, { width: 280, height: 176 }],
  [
    { width: null, height: null },
    { width: 280, height: 176 },
  ],
])("%j takes the room %j", (media, frame) => expect(frameOf(media)).toEqual(frame));
