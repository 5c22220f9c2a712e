import { cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Http } from "@/api/http";
import { ApiError } from "@/api/problem";
import { rememberIntent } from "@/app/stepUp/intent";
import { startI18n } from "@/i18n";
import { renderAsPage } from "@/testing/app";
import { chatWith, ME } from "@/testing/chat";
import { DataSection } from "./DataSection";
import { PasswordSection } from "./PasswordSection";

beforeAll(() => startI18n("en"));
beforeEach(() => {
  sessionStorage.clear();
  vi.stubGlobal("scrollTo", vi.fn());
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() }));
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json([{ id: "google", name: "Google" }])));
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe = vi.fn();
      unobserve = vi.fn();
      disconnect = vi.fn();
    },
  );
});
afterEach(cleanup);

const USER_ID = ME.id;
const DELETES_AT = "2026-12-13T00:00:00.000Z";

/** Answers as the server does, or refuses with a code; what was asked is in `asked`. */
function httpWith(refusal?: { code: string; retryAfterMs?: number }) {
  const asked: { method: string; path: string; body: unknown }[] = [];
  const answer = (method: string) =>
    ((path: string, options?: { body?: unknown }) => {
      asked.push({ method, path, body: options?.body });
      if (method !== "GET" && refusal) {
        return Promise.reject(new ApiError({ status: 403, code: refusal.code }, refusal.retryAfterMs));
      }
      if (method === "DELETE") return Promise.resolve({ ...ME, deletes_at: DELETES_AT });
      return Promise.resolve(path === "/api/v1/me/export" ? { state: "none" } : undefined);
    }) as never;
  const http: Http = {
    get: answer("GET"),
    post: answer("POST"),
    put: answer("PUT"),
    patch: answer("PATCH"),
    delete: answer("DELETE"),
  };
  const changes = () => asked.filter(({ method }) => method !== "GET");
  return { http, changes };
}

function show(view: "password" | "data", options: { passwordSet: boolean; refusal?: Parameters<typeof httpWith>[0] }) {
  const { client, actions } = chatWith({ me: { ...ME, password_set: options.passwordSet } });
  client.store.setState(({ sync }) => ({ sync: { ...sync, userId: USER_ID } }));
  const server = httpWith(options.refusal);
  renderAsPage(view === "password" ? <PasswordSection /> : <DataSection />, {
    client,
    http: server.http,
    path: `/settings/${view}`,
  });
  return { client, actions, ...server };
}

describe("the account password", () => {
  it("is set without another one", async () => {
    const { changes, client } = show("password", { passwordSet: false });
    await userEvent.type(await screen.findByLabelText("New account password"), "correct horse");
    await userEvent.click(screen.getByRole("button", { name: "Set password" }));
    await waitFor(() =>
      expect(changes()).toEqual([{ method: "PUT", path: "/api/v1/me/password", body: { new: "correct horse" } }]),
    );
    expect(client.applyLocal).toHaveBeenCalledWith({ type: "profile", user: { ...ME, password_set: true } });
    expect(screen.getByLabelText<HTMLInputElement>("New account password").value).toBe("");
  });

  it("is changed with the current one", async () => {
    const { changes } = show("password", { passwordSet: true });
    await userEvent.type(await screen.findByLabelText("Current account password"), "old one old");
    await userEvent.type(screen.getByLabelText("New account password"), "correct horse");
    await userEvent.click(screen.getByRole("button", { name: "Change password" }));
    await waitFor(() => expect(changes()[0]?.body).toEqual({ current: "old one old", new: "correct horse" }));
  });

  it.each([
    ["short", "1234567", "At least 8 characters."],
    ["long", "x".repeat(129), "At most 128 characters."],
  ])("is not sent when it is too %s", async (_what, password, error) => {
    const { changes } = show("password", { passwordSet: false });
    await userEvent.click(await screen.findByLabelText("New account password"));
    await userEvent.paste(password);
    await userEvent.click(screen.getByRole("button", { name: "Set password" }));
    expect((await screen.findByRole("alert")).textContent).toBe(error);
    expect(changes()).toEqual([]);
  });

  it.each([
    ["password_wrong", undefined, "This is not your account password."],
    ["rate_limited", 61_000, "Too many tries. Try again in 2 minutes."],
    ["unavailable", undefined, "Kith is not available right now. Try again in a moment."],
  ])("keeps what was typed after %s", async (code, retryAfterMs, error) => {
    show("password", { passwordSet: true, refusal: { code, ...(retryAfterMs && { retryAfterMs }) } });
    await userEvent.type(await screen.findByLabelText("Current account password"), "old one old");
    await userEvent.type(screen.getByLabelText("New account password"), "correct horse");
    await userEvent.click(screen.getByRole("button", { name: "Change password" }));
    expect((await screen.findByRole("alert")).textContent).toBe(error);
    expect(screen.getByLabelText<HTMLInputElement>("Current account password").value).toBe("old one old");
    expect(screen.getByLabelText<HTMLInputElement>("New account password").value).toBe("correct horse");
  });

  it("is asked for when it was set on another device meanwhile", async () => {
    show("password", { passwordSet: false, refusal: { code: "password_required" } });
    await userEvent.type(await screen.findByLabelText("New account password"), "correct horse");
    await userEvent.click(screen.getByRole("button", { name: "Set password" }));
    expect(await screen.findByLabelText("Current account password")).toBeTruthy();
  });

  it("can be forgotten: a new sign-in stands in for it, once", async () => {
    show("password", { passwordSet: true });
    const link = await screen.findByRole("link", { name: "Forgotten? Sign in with Google again" });
    const href = link.getAttribute("href") ?? "";
    expect(href).toContain("/auth/login/google?return_to=%2Fsettings%2Fpassword&");
    expect(href).toContain("&reauth=1");
    await userEvent.click(link);
    cleanup();

    const { changes } = show("password", { passwordSet: true });
    await screen.findByText(/You have just signed in again/);
    expect(screen.queryByLabelText("Current account password")).toBeNull();
    await userEvent.type(screen.getByLabelText("New account password"), "correct horse");
    await userEvent.click(screen.getByRole("button", { name: "Change password" }));
    await waitFor(() => expect(changes()[0]?.body).toEqual({ new: "correct horse" }));
    expect(await screen.findByLabelText("Current account password")).toBeTruthy();
  });
});

describe("deleting the account", () => {
  const open = async () => userEvent.click(await screen.findByRole("button", { name: "Delete…" }));
  const name = () => screen.findByLabelText(`Type your name, ${ME.username}, to confirm`);
  const confirm = () => userEvent.click(screen.getByRole("button", { name: "Delete account" }));

  it("needs the name", async () => {
    const { changes } = show("data", { passwordSet: false });
    await open();
    await userEvent.type(await name(), "Lena");
    await confirm();
    expect((await screen.findByRole("alert")).textContent).toBe("This is not your name.");
    expect(changes()).toEqual([]);
  });

  it("needs the password where one is set, and shows what the server then says of the account", async () => {
    const { changes, client } = show("data", { passwordSet: true });
    await open();
    await userEvent.type(await name(), ME.username);
    await confirm();
    expect((await screen.findByRole("alert")).textContent).toBe("Type your account password.");
    await userEvent.type(screen.getByLabelText("Account password"), "correct horse");
    await confirm();
    await waitFor(() =>
      expect(changes()).toEqual([{ method: "DELETE", path: "/api/v1/me", body: { password: "correct horse" } }]),
    );
    const leaving = { ...ME, deletes_at: DELETES_AT };
    await waitFor(() => expect(client.applyLocal).toHaveBeenCalledWith({ type: "lists", me: leaving }));
  });

  it("goes on where it was after a new sign-in", async () => {
    rememberIntent(USER_ID, { act: "delete_account", typedName: ME.username }, Date.now());
    const { changes } = show("data", { passwordSet: true });
    expect((await name()).getAttribute("value")).toBe(ME.username);
    await confirm();
    await waitFor(() => expect(changes()[0]?.body).toEqual({}));
  });
});
