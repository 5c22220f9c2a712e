import i18next from "i18next";
import { beforeAll, expect, it } from "vitest";
import { startI18n } from ".";
import { presenceText } from "./presence";

beforeAll(() => startI18n("en"));

const now = new Date("2026-11-24T21:18:00").getTime();
const local = (text: string) => new Date(text).toISOString();

it.each([
  [{ online: true, lastOnline: local("2026-11-01T10:00:00") }, "Online"],
  [{ lastOnline: local("2026-11-24T21:17:01") }, "Last online just now"],
  // Their clock is ahead of ours: never "in -3 minutes".
  [{ lastOnline: local("2026-11-24T21:21:00") }, "Last online just now"],
  [{ lastOnline: local("2026-11-24T21:17:00") }, "Last online 1 minute ago"],
  [{ lastOnline: local("2026-11-24T20:18:01") }, "Last online 59 minutes ago"],
  [{ lastOnline: local("2026-11-24T19:58:00") }, "Last online 19:58"],
  [{ lastOnline: local("2026-11-23T23:41:00") }, "Last online yesterday at 23:41"],
  [{ lastOnline: local("2026-10-03T08:00:00") }, "Last online 3 October"],
  [{ lastOnline: local("2025-10-03T08:00:00") }, "Last online 3 October 2025"],
  [{}, undefined],
])("%o", (facts, text) => expect(presenceText(facts, now, "en", i18next.t)).toBe(text));
