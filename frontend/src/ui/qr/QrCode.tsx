import { encode } from "uqr";

interface QrCodeProps {
  text: string;
  /** Accessible name; the code is also there to read. */
  label: string;
  /** Edge in px at 16 px text. */
  size?: number;
}

/** Quiet zone around the code, in modules: ISO/IEC 18004 asks for 4. */
const QUIET = 4;

/** A QR code as SVG. Dark on white in both themes, or scanners refuse it. */
export default function QrCode({ text, label, size = 164 }: QrCodeProps) {
  const { data, size: modules } = encode(text, { border: 0, ecc: "M" });
  // One path: a closed unit square per dark module.
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  const edge = modules + 2 * QUIET;
  const rem = `${size / 16}rem`;
  return (
    <svg
      role="img"
      aria-label={label}
      width={rem}
      height={rem}
      viewBox={`${-QUIET} ${-QUIET} ${edge} ${edge}`}
      shapeRendering="crispEdges"
      style={{ borderRadius: 14 }}
    >
      <rect x={-QUIET} y={-QUIET} width={edge} height={edge} fill="#fff" />
      <path d={path} fill="#2A1F24" />
    </svg>
  );
}
