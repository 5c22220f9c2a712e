import { screen } from "@testing-library/react";
import { beforeAll, expect, it, vi } from "vitest";
import type { Http } from "@/api/http";
import { startI18n } from "@/i18n";
import { renderAsPage } from "@/testing/app";
import { AMARA, chatWith } from "@/testing/chat";
import { FriendPage } from "./FriendPage";

beforeAll(() => startI18n("en"));

it("names the friend once, and that name heads the page", async () => {
  vi.stubGlobal("scrollTo", vi.fn());
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() }));
  const { client } = chatWith({ friends: { [AMARA.id]: AMARA } });
  const http = { get: () => Promise.resolve(AMARA) } as unknown as Http;
  renderAsPage(<FriendPage userId={AMARA.id} />, { client, http, path: `/friends/${AMARA.id}` });
  expect(await screen.findByRole("heading", { level: 2, name: "Amara Okafor" })).toHaveProperty("tabIndex", -1);
  expect(screen.getAllByText("Amara Okafor")).toHaveLength(1);
});
