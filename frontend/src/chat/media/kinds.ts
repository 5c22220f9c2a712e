import type { MediaKind } from "@/api/types";

const MB = 1_048_576;

/** Largest file of each kind, in bytes. */
export const MAX_BYTES: Record<MediaKind, number> = {
  image: 5 * MB,
  video: 50 * MB,
  audio: 10 * MB,
  file: 10 * MB,
};

interface MediaType {
  kind: MediaKind;
  contentType: string;
  extensions: readonly string[];
  /** Other names that systems have for it. */
  aliases?: readonly string[];
}

const TYPES: readonly MediaType[] = [
  { kind: "image", contentType: "image/jpeg", extensions: ["jpg", "jpeg"], aliases: ["image/jpg", "image/pjpeg"] },
  { kind: "image", contentType: "image/png", extensions: ["png"] },
  { kind: "image", contentType: "image/gif", extensions: ["gif"] },
  { kind: "image", contentType: "image/webp", extensions: ["webp"] },
  { kind: "video", contentType: "video/mp4", extensions: ["mp4"] },
  { kind: "audio", contentType: "audio/mpeg", extensions: ["mp3"], aliases: ["audio/mp3"] },
  {
    kind: "audio",
    contentType: "audio/wav",
    extensions: ["wav"],
    aliases: ["audio/x-wav", "audio/wave", "audio/vnd.wave"],
  },
  { kind: "file", contentType: "application/pdf", extensions: ["pdf"] },
  {
    kind: "file",
    contentType: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    extensions: ["docx"],
  },
];

/** For file fields; with `video/mp4` a phone converts what it has recorded in another form. */
export const ACCEPT = TYPES.flatMap(({ contentType, extensions }) => [
  contentType,
  ...extensions.map((extension) => `.${extension}`),
]).join(",");

export const ACCEPT_IMAGES = TYPES.filter(({ kind }) => kind === "image")
  .map(({ contentType }) => contentType)
  .join(",");

/** What a file claims to be. Systems without a name for a type leave it empty; then the extension decides. */
export function typeOf(file: { name: string; type: string }): MediaType | undefined {
  const type = file.type.toLowerCase();
  const extension = extensionOf(file.name);
  return (
    TYPES.find(({ contentType, aliases }) => contentType === type || aliases?.includes(type)) ??
    TYPES.find(({ extensions }) => type === "" && extensions.includes(extension))
  );
}

export function extensionOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot < 0 ? "" : name.slice(dot + 1).toLowerCase();
}

/** Why a file cannot be sent: it is no acceptable one of its kind, of no kind at all, empty, or cannot be read. */
export type Objection = MediaKind | "type" | "empty" | "unreadable";

/** What speaks against a file as it is; nothing is known of its inside yet. */
export function objectionTo(file: { name: string; type: string; size: number }): Objection | undefined {
  if (file.size === 0) return "empty";
  const type = typeOf(file);
  if (type) return file.size > MAX_BYTES[type.kind] ? type.kind : undefined;
  const family = file.type.split("/")[0];
  return family === "image" || family === "video" || family === "audio" ? family : "type";
}
