import { expect, test } from "./support/test";

test("two strangers become friends by code and chat", async ({ person }) => {
  const amara = await person("Amara Okafor");
  const bea = await person("Bea Lindqvist");
  await amara.signIn();
  await bea.signIn();

  await test.step("Amara reads her code, Bea types it in", async () => {
    await amara.page.getByRole("link", { name: "Friends" }).first().click();
    const code = await amara.page.getByText(/^[0-9A-Z]{5}-[0-9A-Z]{5}$/).innerText();
    await bea.page.getByRole("link", { name: "Add a friend" }).click();
    // Any spelling will do.
    await bea.page.getByRole("textbox", { name: "Friend code" }).pressSequentially(code.toLowerCase().replace("-", ""));
    await expect(bea.page.getByText("Amara Okafor")).toBeVisible();
    await bea.page.getByRole("button", { name: "Send request" }).click();
    await expect(bea.page.getByRole("status").getByText("Request sent.")).toBeVisible();
    await expect(bea.page.getByText("Request sent.")).toHaveCount(1);
  });

  await test.step("Amara accepts", async () => {
    const requests = amara.page.getByRole("region", { name: "Requests" });
    await expect(requests).toBeVisible();
    // The list that she looks at asks her, and no toast beside it.
    await expect(amara.page.getByRole("button", { name: "Accept Bea Lindqvist" })).toHaveCount(1);
    await requests.getByRole("button", { name: "Accept Bea Lindqvist" }).click();
    await expect(amara.tab.composer).toBeVisible();
  });

  const amara2 = await amara.openTab();
  const bea2 = await bea.openTab();
  await bea.page.getByRole("link", { name: "Chats" }).first().click();
  await bea.tab.openChat("Amara Okafor");
  await amara2.openChat("Bea Lindqvist");
  await bea2.openChat("Amara Okafor");

  await test.step("both write, every tab shows the same", async () => {
    await amara.tab.send("Hello Bea");
    await expect(bea.tab.message("Hello Bea")).toBeVisible();
    await bea2.send("Hi. This is my second tab");
    await expect(amara.tab.message("second tab")).toBeVisible();
    await amara2.send("And mine");
    for (const tab of [amara.tab, amara2, bea.tab, bea2]) {
      await expect.poll(() => tab.texts()).toEqual(["Hello Bea", "Hi. This is my second tab", "And mine"]);
    }
    await expect(amara.tab.messages.last()).toHaveAccessibleName(/^You, .*And mine, Read$/);
  });
});
