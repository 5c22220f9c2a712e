import { createStore, type StoreApi } from "zustand/vanilla";
import type { Http, TokenSource } from "@/api/http";
import type { UploadDeps } from "@/api/upload";
import type { User, WireEvent } from "@/api/types";
import { createActions } from "./client-actions";
import type { ChatActions } from "./actions";
import { createCatchUp } from "./catchup";
import type { Clock, Random } from "./clock";
import { createConnection } from "./connection";
import type { Core } from "./core";
import { createDrafts } from "./drafts";
import type { ChatEvent, Effect, SharedEvent } from "./events";
import { lastWords } from "./last-words";
import { createMarks } from "./marks";
import { createPersister } from "./persister";
import { createPresence } from "./presence";
import { reduce } from "./reducer";
import { shared } from "./reducer/local";
import { createSender } from "./sender";
import { createSharing } from "./sharing";
import { initialState, type ChatState } from "./state";
import type { ChatStore } from "./store";
import type { Tabs } from "./tabs";
import { createTimelines } from "./timelines";
import type { Transport } from "./transport";
import { createUploader } from "./uploader";

export interface ChatClient {
  store: StoreApi<ChatState>;
  actions: ChatActions;
  /** Shows what is stored on this machine, then connects (the leader) or follows the leader (the other tabs). */
  start(): Promise<void>;
  stop(): void;
  /** The answer of a change that a view made itself over REST; the other tabs get it too. */
  applyLocal(event: WireEvent | SharedEvent): void;
}

export interface ChatClientDeps {
  http: Http;
  session: TokenSource & {
    onToken(listener: (token: string) => void): () => void;
    onEnd(listener: () => void): () => void;
    signOut(): Promise<void>;
    end(reason?: { code: string; detail?: string }): void;
  };
  tabs: Tabs;
  userId: string;
  /** Of the signed-in user; it is wiped when the session ends. */
  chatStore: ChatStore;
  transport: Transport;
  upload: Omit<UploadDeps, "http">;
  clock: Clock;
  random: Random;
  page: PageState;
  /** Where faults that nobody waits for are reported. */
  onFault?: (error: unknown) => void;
}

/** What the client needs to know of the page it runs in. */
export interface PageState {
  online(): boolean;
  /** The page is visible and has the focus. */
  focused(): boolean;
  /** Network back, page visible again, or the machine's clock was set or had stopped. */
  onWake(listener: () => void): () => void;
  /** The machine lost its network. */
  onOffline(listener: () => void): () => void;
  onHide(listener: () => void): () => void;
}

/** How often typing signs are looked through for old ones. */
const TICK_MS = 1_000;

export function createChatClient(deps: ChatClientDeps): ChatClient {
  const { tabs, clock, random, http, chatStore } = deps;
  const store = createStore<ChatState>(() => initialState(clock.now(), deps.userId));
  const undo: (() => void)[] = [];
  let openId: string | undefined;
  let cancelTick: (() => void) | undefined;
  let listsLoaded = false;
  let signingOut = false;
  let wiping: Promise<void> | undefined;

  const persister = createPersister(chatStore, store.getState, (error) => deps.onFault?.(error));

  function dispatch(event: ChatEvent): void {
    // The server tells every device about the end of this one; here it is no news.
    if (signingOut && event.type === "wire" && event.event.type === "session") return;
    const focused = deps.page.focused() ? openId : undefined;
    const step = reduce(store.getState(), event, { now: clock.now(), focused });
    const leaving = isLeaving(store.getState());
    if (step.state !== store.getState()) store.setState(step.state, true);
    if (tabs.leader && leaving !== isLeaving(step.state)) follow(step.state);
    for (const effect of step.effects) run(effect);
    if (event.type === "outbox" || event.type === "restored") {
      sender.pump();
      uploader.pump();
    }
    if (event.type === "viewed" && tabs.leader) marks.viewed(event.conversationId);
    if (event.type === "connection" && event.connection.phase === "live") drafts.onLive();
    if (Object.keys(store.getState().typing).length > 0) tick();
  }

  /** An account that waits for its deletion has no socket until it is restored. */
  function follow(state: ChatState): void {
    if (isLeaving(state)) connection.stop();
    else connection.start();
  }

  function run(effect: Effect): void {
    if (wiping) return;
    persister.take(effect, tabs.leader);
    if (effect.type === "reload_timeline") void timelines.newer(effect.conversationId);
    else if (effect.type === "quote") void timelines.quote(effect.conversationId, effect.seq);
    else if (effect.type === "session_ended") void endSession();
    else if (effect.type === "in_view") core.share(effect);
    else if (tabs.leader) catchUp.run(effect);
  }

  const core: Core = {
    state: store,
    http,
    clock,
    random,
    store: chatStore,
    local: dispatch,
    share: (event, how) => sharing.share(event, how === "optimistic"),
    leader: () => tabs.leader,
  };
  const link = () => (tabs.leader ? connection.link() : undefined);
  const sharing = createSharing({
    tabs,
    apply: dispatch,
    snapshot: () => shared(store.getState()),
    adopt: (state) => dispatch({ type: "snapshot", shared: state }),
    onCommand: (command, from) => presence.run(command, from),
  });
  const presence = createPresence(core, link);
  const marks = createMarks(core, link);
  const words = lastWords(deps.userId);
  const drafts = createDrafts(core, words);
  const timelines = createTimelines(core);
  const catchUp = createCatchUp(core, () => connection.resync());
  const sender = createSender({
    core,
    persister,
    link,
    drop: () => connection.drop(),
    async renewToken() {
      const token = await deps.session.token();
      const renewed = token === null ? null : await deps.session.renew(token);
      if (renewed !== null) connection.renew(renewed);
    },
  });
  const uploader = createUploader({ core, link, ...deps.upload });
  const connection = createConnection({
    core,
    transport: deps.transport,
    tokens: deps.session,
    online: deps.page.online,
    onLive() {
      presence.onLive();
      marks.flush();
      sender.pump();
      uploader.onLive();
      // Changes of friends' profiles are not replayed, so friends are read again after every resume.
      catchUp.run({ type: listsLoaded ? "reload_friends" : "reload_lists" });
      listsLoaded = true;
    },
    onClosed() {
      sender.interrupted();
      marks.interrupted();
    },
    onDeleting: () => void refreshProfile().catch(() => undefined),
    onSync: (answer) => marks.onSync(answer),
    onReceipt(receipt, headers) {
      sender.onReceipt(receipt, headers);
      marks.onReceipt(receipt);
    },
    onError(event) {
      sender.onError(event);
      marks.onError(event);
    },
  });

  function tick(): void {
    cancelTick ??= clock.after(TICK_MS, () => {
      cancelTick = undefined;
      dispatch({ type: "tick" });
    });
  }

  async function refreshProfile(): Promise<void> {
    core.share({ type: "lists", me: await http.get<User>("/api/v1/me") }, "optimistic");
  }

  /** The outbox of the last leader, which may have died before it told anybody. */
  async function adoptOutbox(): Promise<void> {
    for (const message of await chatStore.pending())
      core.share({ type: "outbox", change: { kind: "queued", message } });
    if (tabs.leader) core.share({ type: "outbox", change: { kind: "interrupted" } });
  }

  function lead(leader: boolean): void {
    dispatch({ type: "leader", leader });
    if (leader) {
      catchUp.start();
      adoptOutbox()
        .catch((error: unknown) => deps.onFault?.(error))
        .finally(() => {
          if (tabs.leader) follow(store.getState());
        });
    } else {
      connection.stop();
      catchUp.stop();
      sender.stop();
      uploader.stop();
    }
  }

  /** The server ended the session, here or in another tab: what this machine knows of the user goes. */
  async function endSession(): Promise<void> {
    const { ended } = store.getState().session;
    await wipe();
    if (tabs.leader && ended) {
      deps.session.end(ended.action === "signed_out" ? undefined : { code: `account_${ended.action}` });
    }
  }

  function wipe(): Promise<void> {
    wiping ??= (async () => {
      stop();
      await persister.flush();
      words.take();
      await chatStore.wipe().catch((error: unknown) => deps.onFault?.(error));
    })();
    return wiping;
  }

  function stop(): void {
    cancelTick?.();
    for (const step of undo.splice(0)) step();
    connection.stop();
    catchUp.stop();
    sender.stop();
    uploader.stop();
    marks.stop();
    drafts.stop();
    sharing.stop();
  }

  return {
    store,
    actions: createActions({
      core,
      timelines,
      drafts,
      command: (command) => sharing.command(command),
      setOpen: (id) => {
        openId = id;
      },
      isOpen: (id) => openId === id,
      refreshProfile,
      async signOut() {
        signingOut = true;
        try {
          await deps.session.signOut();
        } finally {
          signingOut = false;
        }
        await wipe();
      },
    }),
    async start() {
      try {
        dispatch({ type: "restored", stored: await chatStore.load() });
        drafts.resume();
      } catch (error) {
        deps.onFault?.(error);
      }
      sharing.start();
      undo.push(
        tabs.onLead(lead),
        deps.session.onToken((token) => connection.renew(token)),
        deps.session.onEnd(stop),
        deps.page.onWake(() => {
          if (tabs.leader) connection.wake();
          else tabs.ensureLeader();
        }),
        // A dead socket stays silent for a minute. A new one tells at once whether there is still a way.
        deps.page.onOffline(() => {
          if (tabs.leader) connection.drop();
        }),
        deps.page.onHide(() => {
          drafts.flushAll();
          sharing.command({ kind: "presence", state: "gone" });
        }),
      );
    },
    stop,
    applyLocal(event) {
      sharing.share(isShared(event) ? event : { type: "wire", event, arrived: false }, true);
    },
  };
}

function isLeaving({ me }: ChatState): boolean {
  return me?.deletes_at !== undefined && me.deletes_at !== null;
}

const SHARED: ReadonlySet<string> = new Set<SharedEvent["type"]>([
  "wire",
  "sync",
  "span",
  "connection",
  "outbox",
  "viewed",
  "in_view",
  "draft",
  "lists",
  "named",
  "join_requests",
  "forgotten",
]);

function isShared(event: WireEvent | SharedEvent): event is SharedEvent {
  return SHARED.has(event.type);
}
