import type { Locator } from "@playwright/test";

/** What a finger does, as the browser gets it from a screen: no script makes these events. */
export async function finger(message: Locator) {
  const page = message.page();
  const cdp = await page.context().newCDPSession(page);
  // It stands still: no scroll goes on under the finger.
  await message.click({ trial: true });
  const box = await message.boundingBox();
  if (!box) throw new Error("nothing to touch");
  const start = { x: Math.round(box.x + Math.min(box.width / 2, 60)), y: Math.round(box.y + box.height / 2) };
  await cdp.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [start] });
  return {
    /** Moves to so many pixels from where it went down, in steps as a finger does. */
    async moveBy(x: number, y: number) {
      for (let step = 1; step <= 10; step += 1) {
        const at = { x: start.x + (x * step) / 10, y: start.y + (y * step) / 10 };
        await cdp.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [at] });
      }
    },
    async lift() {
      await cdp.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
      await cdp.detach();
    },
  };
}
