import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";

/** A file as file fields, clipboards and drags carry it. */
export interface TestFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** Two seconds, 320 × 180, recorded by Chromium's MediaRecorder from a canvas; its player plays it back. */
export function clip(name = "clip.mp4"): TestFile {
  const path = fileURLToPath(new URL("../fixtures/clip.mp4", import.meta.url));
  return { name, mimeType: "video/mp4", buffer: readFileSync(path) };
}

/** A tone: RIFF WAVE, 8 bits, 8,000 a second. */
export function tone(name = "tone.wav", seconds = 3): TestFile {
  const samples = 8_000 * seconds;
  const wav = Buffer.alloc(44 + samples);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(36 + samples, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(8_000, 24);
  wav.writeUInt32LE(8_000, 28);
  wav.writeUInt16LE(1, 32);
  wav.writeUInt16LE(8, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(samples, 40);
  for (let at = 0; at < samples; at += 1) wav[44 + at] = 128 + Math.round(40 * Math.sin(at / 3));
  return { name, mimeType: "audio/wav", buffer: wav };
}

/** One empty page. */
export function pdf(name = "notes.pdf"): TestFile {
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72] >>",
  ];
  let text = "%PDF-1.4\n";
  const places = objects.map((object, index) => {
    const at = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = text.length;
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  for (const at of places) text += `${String(at).padStart(10, "0")} 00000 n \n`;
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
  return { name, mimeType: "application/pdf", buffer: Buffer.from(text, "latin1") };
}

interface PhotoOptions {
  width?: number;
  height?: number;
  /** Noise does not compress, so that a file gets as large as one wants. */
  noise?: boolean;
  type?: "image/jpeg" | "image/png";
}

/** A photo, drawn in the page. */
export async function photo(page: Page, name = "photo.jpg", options: PhotoOptions = {}): Promise<TestFile> {
  const { width = 640, height = 400, noise = false, type = "image/jpeg" } = options;
  const base64 = await page.evaluate(
    async (wanted) => {
      const canvas = new OffscreenCanvas(wanted.width, wanted.height);
      const context = canvas.getContext("2d");
      if (!context) throw new Error("no canvas");
      const sky = context.createLinearGradient(0, 0, 0, wanted.height);
      sky.addColorStop(0, "#3b2350");
      sky.addColorStop(1, "#f4a869");
      context.fillStyle = sky;
      context.fillRect(0, 0, wanted.width, wanted.height);
      context.fillStyle = "#fad9a4";
      context.arc(wanted.width * 0.7, wanted.height * 0.4, wanted.height * 0.12, 0, 7);
      context.fill();
      if (wanted.noise) {
        const pixels = context.getImageData(0, 0, wanted.width, wanted.height);
        for (let at = 0; at < pixels.data.length; at += 1) if (at % 4 < 3) pixels.data[at] = Math.random() * 256;
        context.putImageData(pixels, 0, 0);
      }
      const blob = await canvas.convertToBlob({ type: wanted.type, quality: 0.8 });
      const bytes = new Uint8Array(await blob.arrayBuffer());
      let text = "";
      for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
      return btoa(text);
    },
    { width, height, noise, type },
  );
  return { name, mimeType: type, buffer: Buffer.from(base64, "base64") };
}

/** What a drag or the clipboard carries. */
function transferOf(page: Page, files: TestFile[]) {
  const given = files.map(({ name, mimeType, buffer }) => ({ name, mimeType, base64: buffer.toString("base64") }));
  return page.evaluateHandle((list) => {
    const data = new DataTransfer();
    for (const { name, mimeType, base64 } of list) {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      data.items.add(new File([bytes], name, { type: mimeType }));
    }
    return data;
  }, given);
}

/** Drags files over the chat, and drops them there unless they are only held. */
export async function drag(page: Page, files: TestFile[], how: "hold" | "drop"): Promise<void> {
  const dataTransfer = await transferOf(page, files);
  const chat = page.getByRole("main");
  await chat.dispatchEvent("dragenter", { dataTransfer });
  await chat.dispatchEvent("dragover", { dataTransfer });
  if (how === "drop") await chat.dispatchEvent("drop", { dataTransfer });
}

/** Pastes files into what has the focus. */
export async function paste(page: Page, files: TestFile[]): Promise<void> {
  const clipboardData = await transferOf(page, files);
  await page.evaluate((data) => {
    const event = new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: data });
    document.activeElement?.dispatchEvent(event);
  }, clipboardData);
}
