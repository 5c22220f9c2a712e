// A stompjs client that is signed in and listens to its events.

import { once, EventEmitter } from 'node:events';

import { Client } from '@stomp/stompjs';
import { WebSocket } from 'ws';

const EVENTS = '/user/queue/events';
const PATIENCE_MS = 20_000;

/** Emits `connected` (once subscribed), `closed`, `fault` (an ERROR frame) and `event:TYPE` for each event. */
export class Session extends EventEmitter {
  #frames = 0;

  constructor(person, options = {}) {
    super();
    this.client = new Client({
      webSocketFactory: () => new WebSocket(person.server.socketUrl, ['v12.stomp']),
      connectHeaders: { Authorization: `Bearer ${person.token}` },
      heartbeatIncoming: 10_000,
      heartbeatOutgoing: 10_000,
      reconnectDelay: 100,
      ...options,
      onConnect: (connected) => this.#subscribe(connected),
      onStompError: (frame) => this.emit('fault', frame),
      onWebSocketClose: (close) => this.emit('closed', close.code),
    });
  }

  /** Connects and subscribes; the CONNECTED frame. */
  async open() {
    const [connected] = await this.next('connected', () => this.client.activate());
    return connected;
  }

  async close() {
    await this.client.deactivate();
  }

  #subscribe(connected) {
    const receipt = `subscribed-${++this.#frames}`;
    this.client.watchForReceipt(receipt, () => this.emit('connected', connected));
    const heard = (frame) => this.emit(`event:${frame.headers.event}`, JSON.parse(frame.body), frame.headers);
    this.client.subscribe(EVENTS, heard, { id: 'events', ack: 'auto', receipt });
  }

  /** What follows from `action`. It is listened for before the action starts, so it cannot be missed. */
  async next(name, action = () => {}) {
    const heard = once(this, name, { signal: AbortSignal.timeout(PATIENCE_MS) });
    await action();
    return heard;
  }

  /** A SEND; the headers of its receipt. */
  async send(destination, body) {
    const receipt = `send-${++this.#frames}`;
    const name = `receipt:${receipt}`;
    const [frame] = await this.next(name, () => {
      this.client.watchForReceipt(receipt, (answer) => this.emit(name, answer));
      this.#publish(destination, body, receipt);
    });
    return frame.headers;
  }

  /** A SEND that must be refused; its error event. */
  async sendRefused(destination, body) {
    const receipt = `send-${++this.#frames}`;
    const [error] = await this.next('event:error', () => this.#publish(destination, body, receipt));
    return { ...error, ours: error.receipt === receipt };
  }

  #publish(destination, body, receipt) {
    const headers = { receipt, 'content-type': 'application/json' };
    this.client.publish({ destination, body: JSON.stringify(body), headers });
  }
}
