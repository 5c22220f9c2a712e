import { defineConfig } from "@playwright/test";
import people from "../playwright.config";

/** Measures the page in Chromium against a release server. `KITH` names the binary. */
export default defineConfig({
  ...people,
  testDir: "measure",
  testMatch: "*.measure.ts",
  outputDir: "../test-results",
  fullyParallel: false,
  workers: 1,
  timeout: 1_800_000,
  expect: { timeout: 60_000 },
});
