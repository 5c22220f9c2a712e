import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { Http, RequestOptions } from "@/api/http";
import { ApiError } from "@/api/problem";
import type { Entry } from "@/api/types";
import { ChatContext, HttpContext } from "@/app/chat";
import { startI18n } from "@/i18n";
import { initialState, type ChatState } from "@/realtime/state";
import { AMARA, chatWith, conversation } from "@/testing/chat";
import { SearchPane } from "./SearchPane";
import type { Filters } from "../model";

// Failures are repeated after a while, in true time.
vi.setConfig({ testTimeout: 30_000 });

beforeAll(() => startI18n("en"));

let endReached: () => void;
beforeEach(() => {
  // Browsers have both; the DOM of the tests has neither.
  vi.stubGlobal("CSS", { escape: (text: string) => text });
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      constructor(callback: (entries: { isIntersecting: boolean }[]) => void) {
        endReached = () => callback([{ isIntersecting: true }]);
      }
      observe = vi.fn();
      disconnect = vi.fn();
    },
  );
});

afterEach(cleanup);

const hit = (seq: number, before: string, word: string, after = "") => ({
  conversation_id: "100",
  entry: {
    conversation_id: "100",
    seq,
    id: String(seq),
    kind: "message",
    sender_id: AMARA.id,
    server_time: "2026-11-24T12:00:00.000Z",
    content: { type: "text", text: before + word + after },
  } satisfies Entry,
  snippet: [
    { text: before, hit: false },
    { text: word, hit: true },
    { text: after, hit: false },
  ],
});

type Answer = (query: Record<string, unknown>) => unknown;

function show(filters: Partial<Filters>, answer: Answer, state: Partial<ChatState> = {}) {
  const get = vi.fn((_path: string, { query = {} }: RequestOptions = {}) => Promise.resolve(answer(query)));
  const { client } = chatWith({
    conversations: { "100": conversation(), "200": conversation({ id: "200", kind: "group", name: "Flat 4B" }) },
    friends: { [AMARA.id]: { ...AMARA, introduction: "Paper lanterns" } },
    ...state,
  });
  const onChange = vi.fn();
  const root = createRootRoute();
  const page = () => (
    <SearchPane filters={{ q: "", sort: "newest", ...filters }} onChange={onChange} takeFocus={false} />
  );
  const routes = ["/search", "/search/$id", "/friends/$id"].map((path) =>
    createRoute({ getParentRoute: () => root, path, component: page }),
  );
  const router = createRouter({
    routeTree: root.addChildren(routes),
    history: createMemoryHistory({ initialEntries: ["/search"] }),
  });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={queries}>
      <HttpContext value={{ get } as unknown as Http}>
        <ChatContext value={client}>
          <RouterProvider router={router as never} />
        </ChatContext>
      </HttpContext>
    </QueryClientProvider>,
  );
  return { get, onChange, store: client.store };
}

const messages = () => screen.findByRole("region", { name: "Messages" });

it("shows friends and messages with what matches marked, and says that all was searched", async () => {
  show({ q: "lantern" }, () => ({
    items: [hit(7, "The paper ", "lantern", " survived")],
    not_searched: [],
    users: [],
  }));
  const link = await within(await messages()).findByRole("link");
  expect(link.getAttribute("aria-label")).toMatch(/^Amara Okafor, Amara: The paper lantern survived, /);
  expect(link.querySelector("mark")?.textContent).toBe("lantern");
  expect(link.getAttribute("href")).toContain("/search/100?at=7");
  const friend = within(screen.getByRole("region", { name: "Friends" })).getByRole("link");
  expect(friend.querySelector("mark")?.textContent).toBe("lantern");
  expect(screen.getByText("All your chats were searched.")).toBeTruthy();
});

it.each([
  [["200"], "Not searched: 1 encrypted chat (Flat 4B)."],
  [["200", "100"], "Not searched: 2 encrypted chats (Flat 4B and Amara Okafor)."],
  [["200", "a", "b"], "Not searched: 3 encrypted chats (Flat 4B and 2 more)."],
  [["a", "b"], "Not searched: 2 encrypted chats."],
])("says what was not searched: %j", async (notSearched, words) => {
  show({ q: "x" }, () => ({ items: [], not_searched: notSearched, users: [] }));
  expect(await screen.findByText(words)).toBeTruthy();
  expect(screen.getByRole("heading", { name: "Nothing found for “x”" })).toBeTruthy();
});

it("draws what people wrote as text, never as markup", async () => {
  show({ q: "x" }, () => ({
    items: [hit(7, "<img src=x onerror=alert(1)>", "<b>", "</b>")],
    not_searched: [],
    users: [],
  }));
  const link = await within(await messages()).findByRole("link");
  expect(link.querySelector("img, b")).toBeNull();
  expect(link.textContent).toContain("<img src=x onerror=alert(1)><b></b>");
});

it("lets go at once of what is unsent while it is shown", async () => {
  const { store } = show({ q: "key" }, () => ({
    items: [hit(7, "the ", "key"), hit(8, "no ", "key")],
    not_searched: [],
    users: [],
  }));
  expect(within(await messages()).getAllByRole("link")).toHaveLength(2);
  const { sync } = store.getState();
  act(() => store.setState({ sync: { ...sync, erased: { "100": { 7: true } } } }));
  expect(within(await messages()).getAllByRole("link")).toHaveLength(1);
  act(() => store.setState({ conversations: {}, sync: initialState(0).sync }));
  expect(screen.queryByRole("region", { name: "Messages" })).toBeNull();
});

it("asks for the next page at the end of the list, and once", async () => {
  const { get } = show({ q: "a" }, ({ cursor }) =>
    cursor
      ? { items: [hit(1, "old ", "a")], next: null, not_searched: [], users: [] }
      : { items: [hit(2, "new ", "a")], next: "more", not_searched: [], users: [] },
  );
  await messages();
  act(() => endReached());
  act(() => endReached());
  expect(await screen.findByRole("link", { name: /old a/ })).toBeTruthy();
  expect(get).toHaveBeenCalledTimes(2);
  expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();
});

it.each([
  [new ApiError({ status: 422, code: "validation_failed" }), "Type at least one letter or digit"],
  [new ApiError({ status: 0, code: "network" }), "No connection. Try again when you are online."],
  [new ApiError({ status: 403, code: "forbidden", trace_id: "4bf92f3577b34da6" }), "This did not load"],
])("a failure is told: %s", async (error, words) => {
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 200 });
  show({ q: "a" }, () => {
    throw error;
  });
  expect(await screen.findByText(words, {}, { timeout: 10_000 })).toBeTruthy();
  vi.useRealTimers();
});

it("asks again with Enter, as more has been said since", async () => {
  let said = [hit(7, "the ", "key")];
  show({ q: "key" }, () => ({ items: said, not_searched: [], users: [] }));
  expect(within(await messages()).getAllByRole("link")).toHaveLength(1);
  said = [hit(8, "another ", "key"), ...said];
  await userEvent.type(screen.getByRole("searchbox"), "{Enter}");
  expect(await screen.findByRole("link", { name: /another key/ })).toBeTruthy();
});

it("asks nobody for marks alone, or for nothing", async () => {
  const { get } = show({ q: "…" }, () => ({ items: [], not_searched: [], users: [] }));
  expect(await screen.findByText("Type at least one letter or digit")).toBeTruthy();
  expect(get).not.toHaveBeenCalled();
});

it("is walked by arrows: from the field to the rows and back", async () => {
  show({ q: "lantern" }, () => ({ items: [hit(7, "", "lantern")], not_searched: [], users: [] }));
  await messages();
  const field = screen.getByRole("searchbox");
  await userEvent.click(field);
  await userEvent.keyboard("{ArrowDown}");
  expect(document.activeElement?.getAttribute("aria-label")).toMatch(/^Amara Okafor, Paper/);
  await userEvent.keyboard("{ArrowDown}");
  expect(document.activeElement?.getAttribute("href")).toContain("/search/100");
  await userEvent.keyboard("{Home}{ArrowUp}");
  expect(document.activeElement).toBe(field);
});

it("passes on what was typed after a pause or with Enter, and not while an input method composes", async () => {
  const { onChange } = show({}, () => ({ items: [], not_searched: [], users: [] }));
  const field = await screen.findByRole("searchbox");
  vi.useFakeTimers();
  fireEvent.compositionStart(field);
  fireEvent.change(field, { target: { value: "ㄉㄥ" } });
  fireEvent.keyDown(field, { key: "Enter", isComposing: true });
  vi.runAllTimers();
  expect(onChange).not.toHaveBeenCalled();
  fireEvent.compositionEnd(field);
  fireEvent.change(field, { target: { value: "燈" } });
  act(() => void vi.runAllTimers());
  expect(onChange).toHaveBeenCalledExactlyOnceWith({ q: "燈" });
  fireEvent.change(field, { target: { value: "燈籠" } });
  fireEvent.keyDown(field, { key: "Enter" });
  expect(onChange).toHaveBeenLastCalledWith({ q: "燈籠" });
  vi.useRealTimers();
});
