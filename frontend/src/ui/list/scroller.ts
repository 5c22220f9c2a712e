import type { Align } from "./RowList";

/** A row in view, and the distance of its top from the top of the view, px. */
export interface SeenRow {
  key: string;
  top: number;
  /** How far below its top the part of it is that is held, px; unknown where it was not drawn. */
  inset?: number;
}

export interface Seen {
  rows: SeenRow[];
  /** Of the view, px. */
  height: number;
}

interface Goal {
  key: string;
  align: Align;
  then?: () => void;
}

/** Who is nearer than this to the end is at the end, px. */
const AT_END = 80;

/** Without a scroll event for so long, scrolling is over, ms. */
const STILL_MS = 150;

/** Heights of rows that were drawn are kept for so many, at least. */
const REMEMBERED = 1_000;

/** A finger's scroll goes on there by itself, until a script scrolls. */
const IOS =
  /iP(ad|od|hone)/.test(navigator.userAgent) || (/Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);

/** The element that scrolls: it measures the drawn rows, and keeps those in view where they are. */
export class Scroller {
  #box: HTMLElement | null = null;
  readonly #heights = new Map<string, number>();
  #drawn = new Map<string, HTMLElement>();
  /** Drawn rows in their order, without one that is drawn elsewhere. */
  #keys: string[] = [];
  #seen: SeenRow[] = [];
  #goal: Goal | "end" | undefined;
  #following = false;
  #extent = { content: 0, view: 0 };
  /** How far down the view was when it was looked at last, px; unknown once it was hidden, which may lose the place. */
  #position: number | undefined;
  /** Pixels that the rows are shifted by until scrolling is over. */
  #lag = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** On a page it may be hidden, where nothing has a size. */
  get visible(): boolean {
    return (this.#box?.clientHeight ?? 0) > 0;
  }

  attach(box: HTMLElement | null): void {
    this.#box = box;
    if (!box) clearTimeout(this.#timer);
  }

  hide(): void {
    this.#position = undefined;
  }

  heightOf(key: string): number | undefined {
    return this.#heights.get(key);
  }

  /** To be reached with the next rows that have it. */
  aim(goal: Goal | "end"): void {
    this.#goal = goal;
  }

  /** What is to stay in its place where no drawn row is in view. */
  hold(seen: SeenRow[]): void {
    this.#seen = seen;
  }

  /**
   * After rows or sizes have changed: what was in view is put where it was. At the end of `complete` rows the end stays
   * in view instead. When nothing of it is among the rows any more, `start` is shown.
   *
   * @returns what has to be drawn first, if that is missing
   */
  settle(
    keys: string[],
    has: (key: string) => boolean,
    complete: boolean,
    start: Goal | undefined,
  ): SeenRow[] | undefined {
    const box = this.#box;
    if (!box || keys.length === 0) return undefined;
    this.#keys = keys;
    this.#measure(box);
    this.#allow(box);
    if (this.#goal === undefined && !this.#seen.some(({ key }) => this.#drawn.has(key))) {
      if (this.#seen.some(({ key }) => has(key))) return this.#seen;
      this.#goal = start;
    }
    const goal = this.#goal;
    const resized = box.scrollHeight !== this.#extent.content || box.clientHeight !== this.#extent.view;
    const follows = goal === "end" || (goal === undefined && this.#following && resized);
    if (follows && complete) {
      box.scrollTop = box.scrollHeight;
      this.#goal = undefined;
    } else if (goal !== undefined && goal !== "end" && this.#drawn.has(goal.key)) this.#reach(box, goal);
    else this.#keep();
    return undefined;
  }

  /** What is in view, and where the rows, the drawn ones and their end are relative to the top of the view. */
  look(complete: boolean) {
    const box = this.#box;
    const list = box?.firstElementChild?.getBoundingClientRect().top ?? 0;
    const origin = box?.getBoundingClientRect().top ?? 0;
    const height = box?.clientHeight ?? 0;
    const rows: SeenRow[] = [];
    let first: number | undefined;
    let end = 0;
    for (const key of this.#keys) {
      const row = this.#drawn.get(key);
      const rect = row?.getBoundingClientRect();
      if (!row || !rect) continue;
      const top = rect.top - origin;
      first ??= top;
      end = top + rect.height;
      if (end > 0 && top < height) rows.push({ key, top, inset: insetOf(row) });
    }
    this.#seen = rows;
    const atEnd = !box || box.scrollHeight - box.scrollTop - box.clientHeight <= AT_END;
    this.#following = atEnd && complete;
    this.#extent = { content: box?.scrollHeight ?? 0, view: height };
    this.#position = box?.scrollTop ?? 0;
    return { rows, atEnd, height, start: { list: list - origin, drawn: first ?? 0 }, end };
  }

  onScroll(then: () => void): void {
    if (IOS) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#catchUp();
      }, STILL_MS);
    }
    then();
  }

  #measure(box: HTMLElement): void {
    this.#drawn = new Map();
    for (const child of box.firstElementChild?.children ?? []) {
      const key = (child as HTMLElement).dataset.key;
      if (key === undefined) continue;
      this.#drawn.set(key, child as HTMLElement);
      this.#heights.set(key, child.getBoundingClientRect().height);
    }
    if (this.#heights.size > 2 * REMEMBERED) {
      for (const key of [...this.#heights.keys()].slice(0, REMEMBERED)) this.#heights.delete(key);
    }
  }

  /** The event that tells of a scroll comes with the next frame; what was scrolled before it is not put back. */
  #allow(box: HTMLElement): void {
    const by = box.scrollTop - (this.#position ?? box.scrollTop);
    // Rows that do not reach down to the view any more take it along.
    const taken = by < 0 && box.scrollHeight - box.scrollTop - box.clientHeight < 1;
    if (by === 0 || taken) return;
    this.#position = box.scrollTop;
    this.#seen = this.#seen.map((row) => ({ ...row, top: row.top - by }));
    this.#following &&= this.#extent.content - box.scrollTop - this.#extent.view <= AT_END;
  }

  #topOf(key: string): number | undefined {
    const rect = this.#drawn.get(key)?.getBoundingClientRect();
    return rect && rect.top - (this.#box?.getBoundingClientRect().top ?? 0);
  }

  #keep(): void {
    for (const { key, top, inset } of this.#seen) {
      const row = this.#drawn.get(key);
      const now = this.#topOf(key);
      if (!row || now === undefined) continue;
      const by = inset === undefined ? now - top : now + insetOf(row) - (top + inset);
      // Positions are whole pixels of the screen.
      if (Math.abs(by) >= 1) this.#shift(by);
      return;
    }
  }

  #reach(box: HTMLElement, goal: Goal): void {
    const top = this.#topOf(goal.key);
    if (top === undefined) return;
    const height = this.#drawn.get(goal.key)?.offsetHeight ?? 0;
    const room = box.clientHeight - height;
    if (goal.align === "end")
      box.scrollTop = goal.key === this.#keys.at(-1) ? box.scrollHeight : box.scrollTop + top - room;
    else if (goal.align === "center") box.scrollTop += top - Math.max(0, room / 2);
    else box.scrollTop += top < 0 || room < 0 ? top : Math.max(0, top - room);
    this.#goal = undefined;
    goal.then?.();
  }

  /** A script that scrolls would stop a finger's scroll there, so the rows are moved until it is over. */
  #shift(by: number): void {
    if (this.#timer === undefined) {
      if (this.#box) this.#box.scrollTop += by;
      return;
    }
    this.#lag += by;
    this.#lay();
  }

  #catchUp(): void {
    const by = this.#lag;
    if (by === 0 || !this.#box) return;
    this.#lag = 0;
    this.#lay();
    this.#box.scrollTop += by;
    this.#position = this.#box.scrollTop;
  }

  #lay(): void {
    const list = this.#box?.firstElementChild as HTMLElement | null | undefined;
    if (list) list.style.marginBlockStart = this.#lag === 0 ? "" : `${-this.#lag}px`;
  }
}

/** A row says by `data-held` which part of it is held: what is above that in the row may come and go. */
function insetOf(row: HTMLElement): number {
  const held = row.querySelector("[data-held]");
  return held ? held.getBoundingClientRect().top - row.getBoundingClientRect().top : 0;
}
