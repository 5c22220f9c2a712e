import { Client, TickerStrategy, Versions } from "@stomp/stompjs";
import { parseRetryAfter } from "@/api/problem";
import type { WireEvent } from "@/api/types";
import type { Closed, Link, LinkHandlers, Transport } from "./transport";

/** Both directions, in milliseconds; what the server offers. */
const HEARTBEAT_MS = 30_000;

/**
 * Silence after which the server counts as gone: 75 s, as it does with us. Browsers run the timers of a hidden page once
 * a minute, which must pass for alive on both sides.
 */
const HEARTBEAT_TOLERANCE = 2.5;

/** How long the WebSocket and CONNECT may take; the server itself waits 10 s for CONNECT. */
const CONNECT_TIMEOUT_MS = 15_000;

/** Constant, so that the server can share one encoded frame between all web clients. */
const SUBSCRIPTION = "events";

const EVENTS = "/user/queue/events";

/** STOMP 1.2 over a WebSocket. Reconnecting is the caller's business, as it decides by more than the socket. */
export function stompTransport(url: string): Transport {
  return (token, handlers) => open(url, token, handlers);
}

/** `/ws` beside this page. */
export function gatewayUrl(location: Location): string {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws`;
}

function open(url: string, token: string, handlers: LinkHandlers): Link {
  let closed: Closed | undefined;
  let error: Pick<Closed, "error" | "retryAfterMs"> = {};
  const finish = (code: number) => {
    if (closed) return;
    closed = { code, ...error };
    clearTimeout(timeout);
    void client.deactivate({ force: true });
    handlers.onClosed(closed);
  };
  const client = new Client({
    webSocketFactory: () => new WebSocket(url, ["v12.stomp"]),
    stompVersions: new Versions([Versions.V1_2]),
    connectHeaders: { host: location.host, Authorization: `Bearer ${token}` },
    heartbeatIncoming: HEARTBEAT_MS,
    heartbeatOutgoing: HEARTBEAT_MS,
    heartbeatToleranceMultiplier: HEARTBEAT_TOLERANCE,
    // The library's worker is made from a blob: URL, which the content security policy refuses. An interval, throttled
    // to once a minute in hidden pages, stays within the server's 75 s.
    heartbeatStrategy: TickerStrategy.Interval,
    splitLargeFrames: false,
    reconnectDelay: 0,
    // A half-open socket would otherwise wait minutes for the close handshake.
    discardWebsocketOnCommFailure: true,
    onConnect(frame) {
      clearTimeout(timeout);
      client.subscribe(EVENTS, ({ body }) => handlers.onEvent(JSON.parse(body) as WireEvent), { id: SUBSCRIPTION });
      handlers.onConnected(frame.headers);
    },
    onUnhandledReceipt: (frame) => handlers.onReceipt(frame.headers["receipt-id"] ?? "", frame.headers),
    onStompError(frame) {
      const retryAfterMs = parseRetryAfter(frame.headers["retry-after"] ?? null, Date.now());
      error = {
        ...(frame.headers["code"] && { error: frame.headers["code"] }),
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      };
    },
    onWebSocketClose: (event: CloseEvent) => finish(event.code),
    // A discarded socket reports no close of its own.
    onHeartbeatLost: () => queueMicrotask(() => finish(1006)),
  });
  const timeout = setTimeout(() => finish(1006), CONNECT_TIMEOUT_MS);
  client.activate();
  return {
    send(destination, body, receipt) {
      if (closed || !client.connected) return;
      client.publish({
        destination,
        body: JSON.stringify(body),
        headers: { "content-type": "application/json", ...(receipt !== undefined && { receipt }) },
      });
    },
    close: () => finish(1006),
  };
}
