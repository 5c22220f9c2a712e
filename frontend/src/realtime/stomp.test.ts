import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { WireEvent } from "@/api/types";
import { stompTransport } from "./stomp";
import type { Closed } from "./transport";

/** The browser's socket with a STOMP server's words put into its mouth. */
class FakeSocket {
  static last: FakeSocket;
  static readonly OPEN = 1;
  readonly sent: string[] = [];
  readyState = 0;
  binaryType = "blob";
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose?: (event: { code: number }) => void;
  onerror?: () => void;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    FakeSocket.last = this;
  }

  open() {
    this.readyState = 1;
    this.onopen?.();
  }

  send(data: string) {
    this.sent.push(data);
  }

  receive(...frames: string[]) {
    this.onmessage?.({ data: frames.join("") });
  }

  close(code = 1000) {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

beforeEach(() => vi.stubGlobal("WebSocket", FakeSocket));
afterEach(() => vi.unstubAllGlobals());

const CONNECTED = "CONNECTED\nversion:1.2\nheart-beat:30000,30000\nepoch:e1\n\n\0";

function message(event: string, body: unknown): string {
  return `MESSAGE\nsubscription:events\nmessage-id:1\ndestination:/user/queue/events\nevent:${event}\n\n${JSON.stringify(body)}\0`;
}

async function connect() {
  const heard = {
    connected: [] as Record<string, string>[],
    events: [] as WireEvent[],
    receipts: [] as [string, string | undefined][],
    closed: [] as Closed[],
  };
  const link = stompTransport("ws://kith.test/ws")("token-1", {
    onConnected: (headers) => heard.connected.push(headers),
    onEvent: (event) => heard.events.push(event),
    onReceipt: (receipt, headers) => heard.receipts.push([receipt, headers["seq"]]),
    onClosed: (closed) => heard.closed.push(closed),
  });
  await vi.waitFor(() => expect(FakeSocket.last.onopen).toBeDefined());
  const socket = FakeSocket.last;
  socket.open();
  return { link, socket, heard };
}

test("connects as STOMP 1.2 with the token, then subscribes before it says so", async () => {
  const { socket, heard } = await connect();
  expect(socket.protocols).toEqual(["v12.stomp"]);
  expect(socket.sent[0]).toMatch(/^CONNECT\n/);
  for (const header of ["accept-version:1.2", "heart-beat:30000,30000", "Authorization:Bearer token-1", "host:"]) {
    expect(socket.sent[0]).toContain(`\n${header}`);
  }
  expect(heard.connected).toEqual([]);
  socket.receive(CONNECTED);
  expect(socket.sent[1]).toContain("SUBSCRIBE\nid:events\ndestination:/user/queue/events\n");
  expect(heard.connected).toMatchObject([{ epoch: "e1" }]);
});

test("frames packed into one WebSocket message are events and receipts of their own", async () => {
  const { link, socket, heard } = await connect();
  const typing: WireEvent = { type: "typing", conversation_id: "500", user_id: "2" };
  socket.receive(
    CONNECTED,
    "\n",
    message("typing", typing),
    "RECEIPT\nreceipt-id:m1\nseq:7\n\n\0",
    message("typing", typing),
  );
  expect(heard.events).toEqual([typing, typing]);
  expect(heard.receipts).toEqual([["m1", "7"]]);
  link.send("/app/conversations/500/read", { seq: 1 }, "r1");
  expect(socket.sent.at(-1)).toMatch(
    /^SEND\n(?=[^]*receipt:r1\n)(?=[^]*content-type:application\/json\n)[^]*\{"seq":1\}\0$/,
  );
});

test("a close is told once, with the code of the ERROR frame before it", async () => {
  const { link, socket, heard } = await connect();
  socket.receive("ERROR\ncode:unauthenticated\nmessage:expired\n\n\0");
  socket.close(1008);
  link.close();
  expect(heard.closed).toEqual([{ code: 1008, error: "unauthenticated" }]);
});

test("dropping a socket does not wait for the other side", async () => {
  const { link, socket, heard } = await connect();
  socket.receive(CONNECTED);
  link.close();
  expect(heard.closed).toEqual([{ code: 1006 }]);
  link.send("/app/presence", { state: "idle" });
  expect(socket.sent.filter((frame) => frame.startsWith("SEND"))).toEqual([]);
});
