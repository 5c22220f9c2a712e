import { describe, expect, it } from "vitest";
import { ACCEPT, extensionOf, objectionTo, typeOf, type Objection } from "./kinds";

const MB = 1_048_576;

describe("what can be sent", () => {
  it.each<[name: string, type: string, size: number, objection: Objection | undefined]>([
    ["photo.jpg", "image/jpeg", 5 * MB, undefined],
    ["photo.jpg", "image/jpeg", 5 * MB + 1, "image"],
    ["photo.heic", "image/heic", 10, "image"],
    ["drawing.svg", "image/svg+xml", 10, "image"],
    ["clip.mp4", "video/mp4", 50 * MB, undefined],
    ["clip.mp4", "video/mp4", 50 * MB + 1, "video"],
    ["IMG_2047.mov", "video/quicktime", 10, "video"],
    ["song.mp3", "audio/mpeg", 10 * MB, undefined],
    ["song.ogg", "audio/ogg", 10, "audio"],
    ["take.wav", "audio/x-wav", 10, undefined],
    ["letter.docx", "", 10, undefined],
    ["letter.pdf", "application/pdf", 10 * MB + 1, "file"],
    ["page.html", "text/html", 10, "type"],
    ["archive", "", 10, "type"],
    ["letter.pdf", "application/pdf", 0, "empty"],
  ])("%s (%s, %i bytes): %s", (name, type, size, objection) => {
    expect(objectionTo({ name, type, size })).toBe(objection);
  });
});

it("goes by the type that the system tells, and by the extension where it tells none", () => {
  expect(typeOf({ name: "a.mp3", type: "audio/mp3" })?.contentType).toBe("audio/mpeg");
  expect(typeOf({ name: "A.JPEG", type: "" })?.contentType).toBe("image/jpeg");
  expect(typeOf({ name: "a.jpg", type: "text/html" })).toBeUndefined();
});

it.each([
  ["a.tar.GZ", "gz"],
  ["none", ""],
  [".pdf", "pdf"],
  ["end.", ""],
])("the extension of %s is %j", (name, extension) => expect(extensionOf(name)).toBe(extension));

it("names every type for the file field, so that phones convert what they can", () => {
  for (const part of ["video/mp4", ".mp4", ".docx", "image/webp"]) expect(ACCEPT.split(",")).toContain(part);
});
