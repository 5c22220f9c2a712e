import type { StoreApi } from "zustand/vanilla";
import type { Http } from "@/api/http";
import type { Clock, Random } from "./clock";
import type { LocalEvent, SharedEvent } from "./events";
import type { ChatState } from "./state";
import type { ChatStore } from "./store";

/** What the parts of the client have in common. */
export interface Core {
  state: StoreApi<ChatState>;
  http: Http;
  clock: Clock;
  random: Random;
  store: ChatStore;
  /** This tab alone. */
  local(event: LocalEvent): void;
  /** Every tab. `optimistic`: this tab shows it at once instead of when the leader has passed it on. */
  share(event: SharedEvent, how?: "optimistic"): void;
  /** Whether this tab holds the socket. */
  leader(): boolean;
}
