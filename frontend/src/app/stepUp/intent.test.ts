import { beforeEach, expect, it } from "vitest";
import { forgetIntent, recallIntent, rememberIntent } from "./intent";

beforeEach(() => sessionStorage.clear());

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

it.each([
  ["at once", "7", ["delete_account"], 0, true],
  ["after nine minutes", "7", ["delete_account"], 9 * MINUTE, true],
  ["among others", "7", ["sign_out_others", "delete_account"], 0, true],
  ["too late", "7", ["delete_account"], 11 * MINUTE, false],
  ["as somebody else", "8", ["delete_account"], 0, false],
  ["as nobody", undefined, ["delete_account"], 0, false],
  ["by another form", "7", ["change_password"], 0, false],
] as const)("an intent recalled %s", (_when, userId, acts, later, found) => {
  const intent = { act: "delete_account", typedName: "Amara" } as const;
  rememberIntent("7", intent, NOW);
  expect(recallIntent(userId, acts, NOW + later)).toEqual(found ? intent : undefined);
});

it("is gone when it was forgotten, and when it cannot be read", () => {
  rememberIntent("7", { act: "sign_out_others" }, NOW);
  forgetIntent();
  expect(recallIntent("7", ["sign_out_others"], NOW)).toBeUndefined();
  sessionStorage.setItem("kith.intent", "{");
  expect(recallIntent("7", ["sign_out_others"], NOW)).toBeUndefined();
});
