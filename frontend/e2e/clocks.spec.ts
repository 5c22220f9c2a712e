import { expect, test } from "./support/test";

const WARNING = /^The clock of this device is /;

for (const [zone, shift] of [
  ["Asia/Kathmandu", 5 * 60 + 45],
  ["Asia/Kolkata", 5 * 60 + 30],
] as const) {
  test(`a message from ${zone} tells what the clock there shows`, async ({ account, person }) => {
    const chat = await (await account("Amara Okafor")).befriend(await account("Bea Lindqvist"));
    const writer = await person("Amara Okafor", { timezoneId: zone });
    const reader = await person("Bea Lindqvist", { timezoneId: "UTC" });
    await writer.returnTo(`/chats/${chat}`);
    await reader.returnTo(`/chats/${chat}`);
    await writer.tab.send("Good morning");
    await reader.tab.send("Good night");

    const message = reader.tab.message("Good morning");
    await expect(message).toHaveAccessibleName(/for Amara, Good morning/);
    const [, here, there] = /^Amara Okafor, (\d\d:\d\d), (?:\w{3} )?(\d\d:\d\d) for Amara,/.exec(
      (await message.getAttribute("aria-label")) ?? "",
    ) ?? ["", "", ""];
    const minutes = (clock = "") => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
    expect((minutes(there) - minutes(here) + 1_440) % 1_440).toBe(shift);
    await expect(reader.page.getByText(/\d\d:\d\d for Amara/).first()).toBeVisible();
    // One's own clock is not told to oneself, and who is in the same zone is not told anything.
    await expect(reader.tab.message("Good night")).not.toHaveAccessibleName(/for /);
  });
}

test("a clock that is wrong is told, until it is set right", async ({ account, person }) => {
  const chat = await (await account("Amara Okafor")).befriend(await account("Bea Lindqvist"));
  const amara = await person("Amara Okafor");
  const { page } = amara;
  await page.clock.install({ time: Date.now() - 7 * 60_000 });
  await amara.returnTo(`/chats/${chat}`);
  await expect(page.getByText(WARNING).first()).toHaveText("The clock of this device is 7 minutes slow.");
  await expect(page.getByText("Turn on automatic time in the device’s settings.").first()).toBeVisible();

  await page.clock.setSystemTime(Date.now());
  await page.clock.runFor(11_000);
  await expect(page.getByText(WARNING)).toHaveCount(0);

  await page.clock.setSystemTime(Date.now() + 3 * 3_600_000);
  await page.clock.runFor(11_000);
  await expect(page.getByText(WARNING).first()).toHaveText("The clock of this device is 3 hours fast.");
  await page.getByRole("button", { name: "Close the note about the clock" }).first().click();
  await expect(page.getByText(WARNING)).toHaveCount(0);
});
