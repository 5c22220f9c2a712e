import type { Piece } from "@/chat/highlight";

/** A text with its hits marked: text nodes only, whatever stands in it. */
export function Marked({ pieces }: { pieces: readonly Piece[] }) {
  return pieces.map((piece, index) => (piece.hit ? <mark key={index}>{piece.text}</mark> : piece.text));
}
