import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import type { Entry } from "@/api/types";
import { startI18n } from "@/i18n";
import { AMARA } from "@/testing/chat";
import { MessageRow } from "./MessageRow";

beforeAll(() => startI18n("en"));
afterEach(cleanup);

const ENTRY: Entry = {
  id: "7",
  conversation_id: "100",
  seq: 7,
  kind: "message",
  sender_id: AMARA.id,
  server_time: "2026-11-30T18:02:00.000Z",
  content: { type: "text", text: "Wind is up" },
};

function show(facts: { own: boolean; first: boolean; direct: boolean }) {
  render(
    <MessageRow
      {...facts}
      entry={ENTRY}
      timed={false}
      senderName={AMARA.username}
      senderPicture={undefined}
      unsending={false}
      blocked={false}
      quote={undefined}
      quoteSeq={undefined}
      quoteName=""
      quoteBlocked={undefined}
      receiptState={undefined}
      receiptAt={undefined}
      readers={0}
      canReply
      tabStop={false}
      flash={false}
      words={undefined}
      onReply={vi.fn()}
      onMenu={vi.fn()}
      onJump={vi.fn()}
    />,
  );
  const { textContent } = screen.getByRole("article");
  cleanup();
  return textContent;
}

it.each([
  ["of another one", { own: false, direct: false }],
  ["of another one in a direct chat", { own: false, direct: true }],
  ["of one's own", { own: true, direct: true }],
])("has the same beside its text when earlier ones come and it no longer opens its group: %s", (_, facts) => {
  expect(show({ ...facts, first: true })).toBe(show({ ...facts, first: false }));
});
