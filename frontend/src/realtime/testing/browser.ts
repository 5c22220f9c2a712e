import type { Clock } from "../clock";
import { createTabs, type Channel, type Locks, type Tabs } from "../tabs";

interface Waiting {
  hold: () => Promise<void>;
  resolve: (value: unknown) => void;
  reject: (reason: unknown) => void;
}

/** Web Locks of one browser: exclusive, first come first served, with `steal` and `signal` as specified. */
class FakeLocks implements Locks {
  private holder: Waiting | undefined;
  private queue: Waiting[] = [];

  request(_name: string, options: { signal?: AbortSignal; steal?: boolean }, hold: () => Promise<void>) {
    return new Promise<unknown>((resolve, reject) => {
      const waiting: Waiting = { hold, resolve, reject };
      if (options.steal) {
        this.holder?.reject(new DOMException("stolen", "AbortError"));
        this.grant(waiting);
        return;
      }
      options.signal?.addEventListener("abort", () => {
        if (!this.queue.includes(waiting)) return;
        this.queue = this.queue.filter((other) => other !== waiting);
        reject(new DOMException("aborted", "AbortError"));
      });
      this.queue.push(waiting);
      this.next();
    });
  }

  private next() {
    if (this.holder) return;
    const waiting = this.queue.shift();
    if (waiting) this.grant(waiting);
  }

  private grant(waiting: Waiting) {
    this.holder = waiting;
    void Promise.resolve()
      .then(waiting.hold)
      .then(waiting.resolve, waiting.reject)
      .finally(() => {
        if (this.holder !== waiting) return;
        this.holder = undefined;
        this.next();
      });
  }
}

/** One browser profile with any number of tabs that can be hidden, frozen or closed. */
export class FakeBrowser {
  readonly locks = new FakeLocks();
  readonly frozen = new Set<string>();
  readonly hidden = new Set<string>();
  private channels = new Map<string, Channel>();
  private count = 0;

  constructor(private readonly clock: Clock) {}

  openTab(): Tabs {
    const id = `tab-${(this.count += 1)}`;
    const channel: Channel = {
      onmessage: null,
      postMessage: (message) => {
        const copy = structuredClone(message);
        for (const [other, receiver] of this.channels) {
          if (other === id) continue;
          queueMicrotask(() => {
            if (!this.frozen.has(other)) receiver.onmessage?.({ data: copy } as MessageEvent);
          });
        }
      },
      close: () => {
        this.channels.delete(id);
      },
    };
    this.channels.set(id, channel);
    return createTabs({ locks: this.locks, channel, clock: this.clock, id, visible: () => !this.hidden.has(id) });
  }
}
