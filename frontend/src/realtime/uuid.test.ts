import { expect, test } from "vitest";
import { localTime, uuidV7 } from "./uuid";

test("the example of RFC 9562, appendix A.6", () => {
  const bytes = Uint8Array.from(Buffer.from("0000000000000cc398c4dc0c0c07398f", "hex"));
  expect(uuidV7(0x017f22e279b0, bytes)).toBe("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
});

test("ids made later sort later", () => {
  expect(uuidV7(1_000_001) > uuidV7(1_000_000)).toBe(true);
});

test("local time names its offset and is the same moment", () => {
  const at = new Date("2026-11-24T12:34:56.789Z");
  expect(localTime(at)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/);
  expect(Date.parse(localTime(at))).toBe(at.getTime());
});
