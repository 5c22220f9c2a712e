import { cleanup, screen } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { Http } from "@/api/http";
import { ApiError, NETWORK_ERROR } from "@/api/problem";
import { startI18n } from "@/i18n";
import { renderAsPage } from "@/testing/app";
import { AMARA, chatWith } from "@/testing/chat";
import { FriendPage } from "./FriendPage";

beforeAll(() => startI18n("en"));
afterEach(cleanup);
beforeEach(() => {
  vi.stubGlobal("scrollTo", vi.fn());
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() }));
});

it("names the friend once, and that name heads the page", async () => {
  const { client } = chatWith({ friends: { [AMARA.id]: AMARA } });
  const http = { get: () => Promise.resolve(AMARA) } as unknown as Http;
  renderAsPage(<FriendPage userId={AMARA.id} />, { client, http, path: `/friends/${AMARA.id}` });
  expect(await screen.findByRole("heading", { level: 2, name: "Amara Okafor" })).toHaveProperty("tabIndex", -1);
  expect(screen.getAllByText("Amara Okafor")).toHaveLength(1);
});

it.each([
  ["nobody one may see", { code: "not_found", status: 404, trace_id: "4bf9" }, "This profile is not here"],
  ["a page that did not come", { code: NETWORK_ERROR, status: 0 }, "This did not load"],
])("says what is the matter: %s", async (_, problem, said) => {
  const { client } = chatWith();
  const error = new ApiError({ type: "about:blank", title: problem.code, ...problem });
  const http = { get: () => Promise.reject(error) } as unknown as Http;
  renderAsPage(<FriendPage userId="77" />, { client, http, path: "/friends/77" });
  expect(await screen.findByText(said, {}, { timeout: 10_000 })).toBeDefined();
});
