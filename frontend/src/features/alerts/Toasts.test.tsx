import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { startI18n } from "@/i18n";
import { AMARA } from "@/testing/chat";
import { RequestToast } from "./Toasts";

beforeAll(() => startI18n("en"));
afterEach(cleanup);

function show(listed: boolean) {
  const act = vi.fn();
  render(<RequestToast user={AMARA} listed={listed} onAccept={act} onDecline={act} onEnd={act} />);
}

it("asks for an answer where the request is not in view otherwise", () => {
  show(false);
  expect(screen.getByRole("button", { name: "Accept Amara Okafor" })).toBeDefined();
  expect(screen.getByRole("status").textContent).toContain("Wants to be friends");
});

it("only tells of a request that a list beside it shows", () => {
  show(true);
  expect(screen.queryByRole("button")).toBeNull();
  expect(screen.getByRole("status").textContent).toBe("Amara Okafor: Wants to be friends");
});
