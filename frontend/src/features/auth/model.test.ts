// @vitest-environment node
import { expect, it } from "vitest";
import { safeReturn } from "./model";

it.each([
  ["/add/4XJ9P-TB6WC", "/add/4XJ9P-TB6WC"],
  ["/chats/1?x=2#y", "/chats/1?x=2#y"],
  ["/sign-in?error=x", "/"],
  ["//evil.example/x", "/"],
  ["/\\evil.example", "/"],
  ["https://evil.example", "/"],
  ["javascript:alert(1)", "/"],
  ["", "/"],
  [undefined, "/"],
  [7, "/"],
])("a way back of %j leads to %s", (path, safe) => expect(safeReturn(path)).toBe(safe));
