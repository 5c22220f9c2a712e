import { defineConfig } from "@playwright/test";

/** People in a real Chromium against the real server. `KITH` names the binary. */
export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  fullyParallel: true,
  workers: 2,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  forbidOnly: process.env.CI !== undefined,
  // Browsers decode, draw and keep time by a clock of their own, on cores that others use too: what fails once is tried
  // again, and is named as flaky when it passes then.
  retries: 1,
  reporter: [["list"], ["./e2e/support/causes.ts"]],
  use: {
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
