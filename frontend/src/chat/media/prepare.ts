import type { MediaKind } from "@/api/types";
import type { LocalMedia } from "@/realtime/state";
import { MAX_BYTES, objectionTo, typeOf, type Objection } from "./kinds";
import { probeSound, probeVideo } from "./probe";

/** A file that can be sent as it is here. */
export interface Prepared {
  type: MediaKind;
  media: LocalMedia;
  blob: Blob;
  /** The first frame of a video. */
  poster?: Blob;
  /** What it weighed, in bytes, before it was made smaller. */
  shrunkFrom?: number;
}

/** Photos that have to be made smaller get no longer edge than this. */
const MAX_EDGE = 4_096;

/** More pixels than this the server does not decode. */
const MAX_PIXELS = 40_000_000;

/** Tried in this order until a photo is small enough: longest edge in pixels, quality of the jpeg. */
const ATTEMPTS: readonly [edge: number, quality: number][] = [
  [MAX_EDGE, 0.88],
  [MAX_EDGE, 0.76],
  [3_072, 0.8],
  [2_048, 0.8],
];

/** Looks into a file, makes a photo smaller that is too large, and says what speaks against the rest. */
export async function prepare(file: File): Promise<Prepared | { objection: Objection }> {
  const objection = objectionTo(file);
  if (objection === "image") return prepareImage(file);
  if (objection) return { objection };
  const type = typeOf(file);
  if (!type) return { objection: "type" };
  const { kind, contentType } = type;
  const media = { name: file.name, content_type: contentType, size_bytes: file.size };
  switch (kind) {
    case "image":
      return prepareImage(file);
    case "video": {
      const { poster, ...facts } = await probeVideo(file);
      return { type: kind, media: { ...media, ...facts }, blob: file, ...(poster && { poster }) };
    }
    case "audio":
      return { type: kind, media: { ...media, ...(await probeSound(file)) }, blob: file };
    case "file":
      return { type: kind, media, blob: file };
  }
}

async function prepareImage(file: File): Promise<Prepared | { objection: Objection }> {
  const type = typeOf(file);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return { objection: "image" };
  }
  try {
    const { width, height } = bitmap;
    if (type && file.size <= MAX_BYTES.image && width * height <= MAX_PIXELS) {
      const media = { name: file.name, content_type: type.contentType, size_bytes: file.size, width, height };
      return { type: "image", media, blob: file };
    }
    // A smaller one would stand still.
    if (type?.contentType === "image/gif") return { objection: "image" };
    return (await shrink(bitmap, file)) ?? { objection: "image" };
  } finally {
    bitmap.close();
  }
}

async function shrink(bitmap: ImageBitmap, file: File): Promise<Prepared | undefined> {
  for (const [edge, quality] of ATTEMPTS) {
    const scale = Math.min(1, edge / Math.max(bitmap.width, bitmap.height));
    const width = Math.max(1, Math.round(bitmap.width * scale));
    const height = Math.max(1, Math.round(bitmap.height * scale));
    const blob = await drawJpeg(bitmap, width, height, quality);
    if (blob.size > MAX_BYTES.image) continue;
    const name = `${file.name.replace(/\.[^.]*$/u, "")}.jpg`;
    const media = { name, content_type: "image/jpeg", size_bytes: blob.size, width, height };
    return { type: "image", media, blob, shrunkFrom: file.size };
  }
  return undefined;
}

function drawJpeg(bitmap: ImageBitmap, width: number, height: number, quality: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  // A jpeg knows no transparency; black would take its place.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  return canvas.convertToBlob({ type: "image/jpeg", quality });
}
