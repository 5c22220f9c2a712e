/** Colours of the leaves, row by row; the picture is the same in both themes. */
const COLOURS: Record<string, string> = {
  a: "#5A2446",
  b: "#63294D",
  c: "#6E2F56",
  d: "#7E3361",
  e: "#C782A9",
  f: "#DBA7C3",
  g: "#F4E0EA",
  h: "#F1A450",
};

/** Capitals turn the other way: four of them make a flower. */
const GRID = ["aaaaaa", "cdahcd", "bcbcgc", "dabada", "aFHaaa", "aGEcab", "cacaha", "bdcabd"];

const CELL = 120;
const EDGE = 114;
const ROUND = 70.68;
const STRAIGHT = EDGE - ROUND;

/** A leaf: a square with two opposite corners rounded, which two depends on `turned`. */
function leaf(x: number, y: number, turned: boolean): string {
  const arc = `A${ROUND} ${ROUND} 0 0`;
  return turned
    ? `M${x} ${y + EDGE}V${y + ROUND}${arc} 1 ${x + ROUND} ${y}H${x + EDGE}V${y + STRAIGHT}${arc} 1 ${x + STRAIGHT} ${y + EDGE}Z`
    : `M${x} ${y}V${y + STRAIGHT}${arc} 0 ${x + ROUND} ${y + EDGE}H${x + EDGE}V${y + ROUND}${arc} 0 ${x + STRAIGHT} ${y}Z`;
}

/** The leaves beside the sign-in. */
export function LeafArt() {
  return (
    <svg viewBox="0 0 720 884" preserveAspectRatio="xMidYMid slice" aria-hidden>
      <rect width="720" height="960" fill="#4B1F3A" />
      {GRID.flatMap((row, y) =>
        Array.from(row, (colour, x) => (
          <path
            key={`${x}-${y}`}
            d={leaf(x * CELL + 3, y * CELL + 3, ((x + y) % 2 === 1) !== (colour !== colour.toLowerCase()))}
            fill={COLOURS[colour.toLowerCase()]}
          />
        )),
      )}
    </svg>
  );
}
