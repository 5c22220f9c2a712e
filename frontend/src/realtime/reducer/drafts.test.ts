import { expect, test } from "vitest";
import type { Draft } from "@/api/types";
import type { DraftState } from "../state";
import { mergeDraft } from "./drafts";

test.each<[string, DraftState | undefined, Draft | undefined, DraftState | undefined]>([
  ["none and none", undefined, undefined, undefined],
  ["first one seen", undefined, { text: "a", version: 3 }, { text: "a", version: 3 }],
  [
    "a newer one replaces a stored one",
    { text: "a", version: 3 },
    { text: "b", version: 4 },
    { text: "b", version: 4 },
  ],
  ["an older one is ignored", { text: "b", version: 4 }, { text: "a", version: 3 }, { text: "b", version: 4 }],
  ["cleared elsewhere", { text: "a", version: 3 }, undefined, undefined],
  [
    "cleared elsewhere while writing here",
    { text: "mine", version: 3, dirty: true },
    undefined,
    { text: "mine", version: 3, dirty: true },
  ],
  [
    "nothing stored while the first words are on their way",
    { text: "mine", version: 0, dirty: true, saving: { text: "min" } },
    undefined,
    { text: "mine", version: 0, dirty: true, saving: { text: "min" } },
  ],
  [
    "nothing stored, as the server refused these words",
    { text: "mine", version: 0, dirty: false },
    undefined,
    { text: "mine", version: 0, dirty: false },
  ],
  [
    "both written: both are kept",
    { text: "mine", version: 3, dirty: true },
    { text: "theirs", reply_to: 5, version: 4 },
    { text: "mine", version: 3, dirty: true, conflict: { text: "theirs", reply_to: 5, version: 4 } },
  ],
  [
    "the same written twice",
    { text: "a", version: 3, dirty: true },
    { text: "a", version: 4 },
    { text: "a", version: 4 },
  ],
  [
    "the echo of what was saved while more is written",
    { text: "ab", version: 3, dirty: true, saving: { text: "a" } },
    { text: "a", version: 4 },
    { text: "ab", version: 4, dirty: true, saving: { text: "a" } },
  ],
])("%s", (_name, local, remote, expected) => {
  expect(mergeDraft(local, remote)).toEqual(expected);
});
