import type { Page } from "@playwright/test";
import { readFileSync } from "node:fs";

/** `/proc` counts processor time in these, milliseconds. */
const TICK_MS = 10;

export interface Memory {
  /** Used JavaScript heap after a collection, MiB. */
  heap: number;
  /** What the tab's process holds for itself: anonymous resident memory and swap, as a browser's task manager counts. MiB. */
  tab: number;
}

export async function memoryOf(page: Page): Promise<Memory> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("HeapProfiler.collectGarbage");
  await cdp.send("HeapProfiler.collectGarbage");
  const { usedSize } = await cdp.send("Runtime.getHeapUsage");
  await cdp.detach();
  const tab = privateOf(await processOf(page));
  return { heap: Math.round(usedSize / 2 ** 20), tab: Math.round(tab / 2 ** 20) };
}

/** Processor time that the tab's main thread has used, milliseconds. It does not depend on what else runs. */
export async function mainThreadTime(page: Page): Promise<number> {
  const pid = await processOf(page);
  const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, "utf8");
  // The name, in brackets, may hold spaces; user and system time are the 12th and 13th field after it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** The process of the browser's only tab: the largest, as the browser may keep an empty one ready. */
async function processOf(page: Page): Promise<number> {
  const browser = page.context().browser();
  if (!browser) throw new Error("the page's browser is gone");
  const cdp = await browser.newBrowserCDPSession();
  const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
  await cdp.detach();
  const renderers = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
  const [largest] = renderers.sort((a, b) => privateOf(b) - privateOf(a));
  if (largest === undefined) throw new Error("the browser has no tab");
  return largest;
}

function privateOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kib = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0);
  return (kib("RssAnon") + kib("VmSwap")) * 1024;
}
