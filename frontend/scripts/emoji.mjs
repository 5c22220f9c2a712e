// Emoji names and keywords on our own origin: what the picker reads of emojibase-data, for the languages of the app.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** Directories of emojibase-data. */
const LOCALES = ["en", "zh-hant"];

/** What the picker reads of an emoji; the rest (order, emoticons, hex codes) would double the file. */
const FIELDS = ["emoji", "label", "group", "subgroup", "version", "tags", "skins", "tone"];

const { version } = JSON.parse(readFileSync(require.resolve("emojibase-data/package.json"), "utf8"));

/** Below assets/, whose files are cached for ever: the version is what changes. */
export const EMOJI_DIR = `assets/emoji-${version}`;

/** The files of the data set, by path below the site's root. */
export function emojiFiles() {
  return new Map(
    LOCALES.flatMap((locale) =>
      ["data", "messages"].map((name) => [`${EMOJI_DIR}/${locale}/${name}.json`, contents(locale, name)]),
    ),
  );
}

function contents(locale, name) {
  const text = readFileSync(require.resolve(`emojibase-data/${locale}/${name}.json`), "utf8");
  return JSON.stringify(JSON.parse(text, name === "data" ? trimmed : undefined));
}

function trimmed(_key, value) {
  if (typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(FIELDS.filter((field) => field in value).map((field) => [field, value[field]]));
}

/** Puts the data set into the build, and answers for it while developing. */
export function emojiData() {
  return {
    name: "emoji-data",
    generateBundle() {
      for (const [fileName, source] of emojiFiles()) this.emitFile({ type: "asset", fileName, source });
    },
    configureServer(server) {
      const files = emojiFiles();
      server.middlewares.use((request, response, next) => {
        const body = files.get((request.url ?? "").slice(1).replace(/\?.*/u, ""));
        if (body === undefined) return next();
        response.setHeader("content-type", "application/json");
        response.end(body);
      });
    },
  };
}
