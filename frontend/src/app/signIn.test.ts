// @vitest-environment node
import { expect, it } from "vitest";
import { deviceNameOf, loginUrl } from "./signIn";

it.each([
  [{}, "/auth/login/google?return_to=%2Fjoin%2FA%3Fb&device_name=Firefox+on+Linux"],
  [{ again: true }, "/auth/login/google?return_to=%2Fjoin%2FA%3Fb&device_name=Firefox+on+Linux&reauth=1"],
])("keeps the way back through the sign-in: %o", (options, url) =>
  expect(loginUrl("google", { returnTo: "/join/A?b", deviceName: "Firefox on Linux", ...options })).toBe(url),
);

it.each([
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
  [
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0 Safari/537.36",
    "Chrome on Windows",
  ],
  ["Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/139.0 Safari/537.36 Edg/139.0", "Edge on Windows"],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604",
    "Safari on iPhone",
  ],
  ["Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/139.0 Mobile Safari/537.36", "Chrome on Android"],
  ["", "Browser"],
])("%s", (agent, name) => expect(deviceNameOf(agent)).toBe(name));
