import type { WireEvent } from "@/api/types";

/** One connection to the gateway. It is opened once and never comes back: a new attempt is a new link. */
export interface Link {
  /** `body` is sent as JSON. With a receipt the server answers exactly once: by a receipt or an `error` event. */
  send(destination: string, body: unknown, receipt?: string): void;
  /** Drops the connection without waiting for the other side. `onClosed` follows. */
  close(): void;
}

export interface LinkHandlers {
  /** Connected and subscribed: events may follow at any time. */
  onConnected(headers: Record<string, string>): void;
  onEvent(event: WireEvent): void;
  onReceipt(receipt: string, headers: Record<string, string>): void;
  /** Exactly once, also for an attempt that failed. */
  onClosed(closed: Closed): void;
}

export interface Closed {
  /** WebSocket close code; 1006 without a close frame. */
  code: number;
  /** `code` of the ERROR frame before the close. */
  error?: string;
  /** When the server named a delay. */
  retryAfterMs?: number;
}

export type Transport = (token: string, handlers: LinkHandlers) => Link;
