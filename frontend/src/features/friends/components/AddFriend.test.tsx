import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, expect, it, vi } from "vitest";
import type { Http } from "@/api/http";
import type { FriendRequest, User } from "@/api/types";
import { startI18n } from "@/i18n";
import { renderAsPage } from "@/testing/app";
import { chatWith } from "@/testing/chat";
import { useSnackStore } from "@/ui/feedback/snack";
import { AddFriend } from "./AddFriend";

beforeAll(() => startI18n("en"));

const BEA: User = { id: "6", username: "Bea Lindqvist", relation: "none" };

it("says once that the request is sent, where it is heard too, and keeps the focus there", async () => {
  vi.stubGlobal("scrollTo", vi.fn());
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() }));
  Element.prototype.scrollIntoView = vi.fn();
  const { client } = chatWith();
  client.applyLocal = (event) => {
    if (event.type === "friend_request") client.store.setState({ requests: [event.request] });
  };
  const request: FriendRequest = {
    id: "9",
    direction: "outgoing",
    status: "pending",
    user: BEA,
    created_at: "2026-11-30T18:00:00.000Z",
  };
  const http = { get: () => Promise.resolve(BEA), post: () => Promise.resolve(request) } as unknown as Http;
  renderAsPage(<AddFriend initialCode="7QK2M4X9RA" backTo="/friends" />, { client, http, path: "/friends/add" });

  await userEvent.click(await screen.findByRole("button", { name: "Send request" }, { timeout: 10_000 }));
  const said = await screen.findByText("Request sent.");
  expect(said.closest("[role=status]")?.textContent).toContain("Bea Lindqvist");
  expect(document.activeElement).toBe(screen.getByRole("group", { name: "Bea Lindqvist" }));
  expect(useSnackStore.getState().current).toBeUndefined();
});
