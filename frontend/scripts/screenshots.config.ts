import { defineConfig } from "@playwright/test";
import people from "../playwright.config";

/** Draws the pictures of the documentation. `KITH` names the binary. */
export default defineConfig({
  ...people,
  testDir: ".",
  testMatch: "screenshots.ts",
  outputDir: "../test-results",
  workers: 1,
});
