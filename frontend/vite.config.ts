import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { EMOJI_DIR, emojiData } from "./scripts/emoji.mjs";

const backend = process.env.KITH_BACKEND ?? "http://127.0.0.1:8080";

/** Libraries that change with their version only, so that a release of ours leaves them in the caches. */
const vendors: [chunk: string, packages: RegExp][] = [
  ["react", /\/node_modules\/(react|react-dom|scheduler)\//],
  ["router", /\/node_modules\/@tanstack\/(react-router|router-core|history|react-store|store)\//],
  ["query", /\/node_modules\/@tanstack\/(react-query|query-core)\//],
  ["i18n", /\/node_modules\/(i18next|react-i18next)\//],
  ["realtime", /\/node_modules\/(@stomp\/stompjs|idb|zustand)\//],
];

export default defineConfig({
  plugins: [react(), emojiData()],
  define: { __EMOJI_PATH__: JSON.stringify(`/${EMOJI_DIR}`) },
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/api": backend,
      "/auth": backend,
      "/.well-known": backend,
      "/ws": { target: backend, ws: true },
    },
  },
  build: {
    outDir: "dist",
    assetsDir: "assets",
    target: "es2022",
    // The content security policy allows no data: fonts or scripts, and a hashed file is cached for ever.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: { groups: vendors.map(([name, test]) => ({ name, test })) },
      },
    },
  },
  worker: { format: "es" },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}", "scripts/**/*.test.ts"],
    setupFiles: ["src/test-setup.ts"],
    restoreMocks: true,
    passWithNoTests: true,
  },
});
