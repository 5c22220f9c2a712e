// Writes FILE.br and FILE.gz beside every compressible file of a build, so that the server sends them as they are.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/** Formats that are not compressed already (woff2, png and the like gain nothing). */
const COMPRESSIBLE = new Set([".css", ".html", ".js", ".json", ".map", ".mjs", ".svg", ".txt", ".webmanifest", ".xml"]);

/** Below this a compressed body saves no packet: an Ethernet frame carries about 1,400 bytes. */
const WORTH_IT_BYTES = 1024;

const brotli = promisify(brotliCompress);
const gz = promisify(gzip);

/** Compresses one file with both codings, keeping only what is smaller than the file. */
async function compress(path) {
  const body = await readFile(path);
  if (body.length < WORTH_IT_BYTES) return;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
  };
  const coded = [
    [".br", await brotli(body, { params })],
    [".gz", await gz(body, { level: constants.Z_BEST_COMPRESSION })],
  ];
  for (const [suffix, bytes] of coded) if (bytes.length < body.length) await writeFile(path + suffix, bytes);
}

const root = process.argv[2] ?? "dist";
const entries = await readdir(root, { recursive: true, withFileTypes: true });
for (const entry of entries) {
  if (entry.isFile() && COMPRESSIBLE.has(extname(entry.name))) await compress(join(entry.parentPath, entry.name));
}
