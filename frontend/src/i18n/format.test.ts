import { describe, expect, it } from "vitest";
import {
  clock,
  clockElsewhere,
  dayLabel,
  daysAgo,
  duration,
  fileSize,
  listTime,
  number,
  offsetOf,
  playTime,
} from "./format";

const at = (text: string) => new Date(text).getTime(); // local time: no zone given
const now = at("2026-11-24T21:18:00");
const words = { today: "Today", yesterday: "Yesterday" };

describe("daysAgo", () => {
  it.each([
    ["2026-11-24T00:00:00", 0],
    ["2026-11-23T23:59:59", 1],
    ["2026-11-17T12:00:00", 7],
    ["2026-11-25T00:00:01", -1],
  ])("%s", (time, days) => expect(daysAgo(at(time), now)).toBe(days));
});

describe("listTime", () => {
  it.each([
    ["2026-11-24T07:05:00", "07:05"],
    ["2026-11-23T07:05:00", "Yesterday"],
    ["2026-11-19T07:05:00", "Thu"],
    ["2026-11-12T07:05:00", "12 Nov"],
    ["2025-11-12T07:05:00", "12/11/2025"],
  ])("%s", (time, text) => expect(listTime(at(time), now, "en", words)).toBe(text));
});

describe("dayLabel", () => {
  it.each([
    ["2026-11-24T07:05:00", "Today"],
    ["2026-11-23T07:05:00", "Yesterday"],
    ["2026-11-21T07:05:00", "Saturday 21 November"],
    ["2025-11-21T07:05:00", "Friday 21 November 2025"],
  ])("%s", (time, text) => expect(dayLabel(at(time), now, "en", words)).toBe(text));
});

it.each([
  [7, "en", "7"],
  [1_234, "en", "1,234"],
  [1_234, "zh-TW", "1,234"],
  [-42, "en", "-42"],
])("the number %s in %s", (value, language, text) => expect(number(value, language)).toBe(text));

it("writes midnight as 00, not 24", () => {
  expect(clock(at("2026-11-24T00:07:00"), "en")).toBe("00:07");
});

describe("fileSize", () => {
  it.each([
    [0, "0 KB"],
    [1, "1 KB"],
    [340_000, "333 KB"],
    [1_048_576, "1 MB"],
    [2_202_010, "2.1 MB"],
    [52_428_800, "50 MB"],
    [1_023_999, "1 MB"],
  ])("%i bytes: %s", (bytes, text) => expect(fileSize(bytes, "en").replace("\u00a0", " ")).toBe(text));
});

describe("playTime", () => {
  it.each([
    [0, "0:00"],
    [34_999, "0:34"],
    [128_000, "2:08"],
    [3_723_000, "1:02:03"],
  ])("%i ms: %s", (ms, text) => expect(playTime(ms)).toBe(text));
});

it.each([
  ["2026-11-24T08:16:00.000+08:00", 480],
  ["2026-11-24T08:16:00-03:30", -210],
  ["2026-11-24T08:16:00+05:45", 345],
  ["2026-11-24T08:16:00+14:00", 840],
  ["2026-11-24T08:16:00Z", 0],
  ["2026-11-24T08:16:00+00:00", 0],
  ["2026-11-24T08:16:00-00:00", undefined],
  ["2026-11-24T08:16:00+15:00", undefined],
  ["2026-11-24T08:16:00", undefined],
  ["", undefined],
])("the offset of %s", (time, minutes) => expect(offsetOf(time)).toBe(minutes));

describe("clockElsewhere", () => {
  const here = -new Date(now).getTimezoneOffset();
  it.each([
    ["the same zone", 0, undefined],
    ["half an hour east", 30, "21:48"],
    ["three quarters west", -45, "20:33"],
    ["the next day there", 5 * 60 + 45, "Wed 03:03"],
    ["the day before there", -(21 * 60 + 30), "Mon 23:48"],
    ["midnight there", 2 * 60 + 42, "Wed 00:00"],
  ])("%s", (_, minutes, text) => expect(clockElsewhere(now, here + minutes, "en")).toBe(text));

  it("is written as the language writes it", () => {
    expect(clockElsewhere(now, here + 6 * 60, "zh-TW")).toBe("週三 03:18");
  });
});

it.each([
  [3 * 60_000, "3 minutes"],
  [-7.4 * 60_000, "7 minutes"],
  [89 * 60_000, "89 minutes"],
  [3.2 * 3_600_000, "3 hours"],
  [-47 * 3_600_000, "47 hours"],
  [365 * 86_400_000, "365 days"],
])("%s ms", (ms, text) => expect(duration(ms, "en")).toBe(text));
