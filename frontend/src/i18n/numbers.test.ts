// @vitest-environment jsdom
import i18next from "i18next";
import { expect, it } from "vitest";
import { setLanguage, startI18n } from ".";

it("writes the numbers in a text as its language does, and keeps the plural", async () => {
  await startI18n("en");
  expect(i18next.t("chat.members", { count: 1_234 })).toBe("1,234 members");
  expect(i18next.t("chat.members", { count: 1 })).toBe("1 member");
  expect(i18next.t("switcher.messages", { query: "7" })).toBe("Search messages for “7”");
  await setLanguage("zh-TW");
  expect(i18next.t("chat.members", { count: 1_234 })).toBe("1,234 位成員");
  await setLanguage("en-XB");
  expect(document.documentElement.dir).toBe("rtl");
  expect(i18next.t("common.save")).toMatch(/^⟦.+⟧$/);
});
