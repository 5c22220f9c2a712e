import { useState } from "react";
import { shiftBetween, type LogRow } from "./rows";

/** Index of the first row of a fresh list; room for as many rows above. */
const START = 1_000_000;

interface VirtualRows {
  rows: LogRow[];
  /** Lowered by as many rows as were added on top, by which the list keeps its place. */
  firstItemIndex: number;
  /** Another number means another place in the conversation: the list starts anew. */
  generation: number;
}

export function useVirtualRows(rows: LogRow[]): Omit<VirtualRows, "rows"> {
  const [state, setState] = useState<VirtualRows>({ rows, firstItemIndex: START, generation: 0 });
  if (state.rows === rows) return state;
  const shift = shiftBetween(state.rows, rows);
  const next =
    shift === undefined
      ? { rows, firstItemIndex: START, generation: state.generation + 1 }
      : { rows, firstItemIndex: state.firstItemIndex - shift, generation: state.generation };
  // Adjusted while rendering: the list must get rows and index in the same pass.
  setState(next);
  return next;
}
