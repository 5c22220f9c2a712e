import type { Device } from "@/api/types";
import type { IconName } from "@/ui/icons/names";

/** Longest introduction, in Unicode scalar values. */
export const MAX_INTRODUCTION = 500;

/** A picture for a device, from its name and client. */
export function deviceIcon(device: Pick<Device, "name" | "client">): IconName {
  const text = `${device.name} ${device.client}`.toLowerCase();
  if (/iphone|android|mobile|phone/.test(text)) return "device-mobile";
  if (/command line|cli\b|bot\b|curl|kith-/.test(text)) return "terminal-window";
  if (/mac|laptop|linux|cros/.test(text)) return "laptop";
  return "desktop";
}

const DAY_MS = 86_400_000;
const UNUSED_AFTER_DAYS = 30;

/** Whole days without use, once it is worth a warning. */
export function unusedDays(lastSeen: string, now: number): number | undefined {
  const days = Math.floor((now - Date.parse(lastSeen)) / DAY_MS);
  return days >= UNUSED_AFTER_DAYS ? days : undefined;
}
