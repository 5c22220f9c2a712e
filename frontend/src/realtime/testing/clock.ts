import type { Clock } from "../clock";

/** Lets promise callbacks, and the fake IndexedDB that runs on macrotasks, finish. */
export async function settle(rounds = 24): Promise<void> {
  for (let round = 0; round < rounds; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A clock that stands until it is advanced; due tasks run in the order of their times. */
export class FakeClock implements Clock {
  private time: number;
  private tasks: { at: number; id: number; task: () => void }[] = [];
  private nextId = 0;

  constructor(start = Date.parse("2026-11-24T12:00:00.000Z")) {
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  after(ms: number, task: () => void): () => void {
    const id = (this.nextId += 1);
    this.tasks.push({ at: this.time + Math.max(0, ms), id, task });
    return () => {
      this.tasks = this.tasks.filter((other) => other.id !== id);
    };
  }

  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const due = this.tasks.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.id - b.id)[0];
      if (!due) break;
      this.tasks = this.tasks.filter(({ id }) => id !== due.id);
      this.time = Math.max(this.time, due.at);
      due.task();
      await settle();
    }
    this.time = end;
  }
}
