// Fails when what a browser has to load before the first chat is on screen has grown too big. Sizes are of the gzip
// files that compress.mjs wrote, in KB of 1,000 bytes as transfer sizes are counted.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const BUDGET_KB = { js: 250, css: 45 };

const root = process.argv[2] ?? "dist";
const assets = readdirSync(join(root, "assets"));
const html = readFileSync(join(root, "index.html"), "utf8");

const first = new Set([...html.matchAll(/(?:src|href)="\/assets\/([^"]+)"/gu)].map(([, name]) => name));
// The routes of the chats are part of the entry; what it imports without waiting to be asked comes with it.
for (const name of first) {
  if (!name.endsWith(".js")) continue;
  const code = readFileSync(join(root, "assets", name), "utf8");
  for (const [, target] of code.matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([^"']+)["']/gu)) first.add(target);
}

function transferred(name) {
  const path = join(root, "assets", name);
  const packed = `${name}.gz`;
  return statSync(assets.includes(packed) ? join(root, "assets", packed) : path).size;
}

let over = false;
for (const [kind, limit] of Object.entries(BUDGET_KB)) {
  const files = [...first].filter((name) => name.endsWith(`.${kind}`));
  const kb = files.reduce((sum, name) => sum + transferred(name), 0) / 1000;
  process.stdout.write(`first view: ${kb.toFixed(1)} KB of ${kind} in ${files.length} files, at most ${limit}\n`);
  over ||= kb > limit;
}
if (over) {
  process.stderr.write("kith: the first view is too big\n");
  process.exit(1);
}
