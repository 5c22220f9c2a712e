// @vitest-environment node
import { expect, it } from "vitest";
import type { ConnectionPhase } from "@/realtime/state";
import { connectionNotice } from "./useConnectionNotice";

it.each<[ConnectionPhase, number, number | undefined, boolean, number, string | undefined]>([
  ["offline", 0, undefined, false, 0, "offline"],
  ["connecting", 1_000, undefined, false, 2_999, undefined],
  ["connecting", 1_000, undefined, false, 3_000, "reconnecting"],
  ["resuming", 1_000, undefined, true, 3_000, "reconnecting"],
  // Good news only after bad news, and not for long.
  ["live", 1_000, 1_000, false, 1_000, undefined],
  ["live", 1_000, 1_000, true, 1_000, "upToDate"],
  ["live", 1_000, 1_000, true, 2_500, undefined],
  ["closed", 0, undefined, true, 9_000, undefined],
])("%s since %s, up to date at %s, told %s, now %s", (phase, since, upToDateAt, spoken, now, notice) => {
  expect(connectionNotice({ phase, since, upToDateAt }, spoken, now).notice).toBe(notice);
});
