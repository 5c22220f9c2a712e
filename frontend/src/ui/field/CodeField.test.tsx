import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, it } from "vitest";
import { CodeField } from "./CodeField";

afterEach(cleanup);

function Field() {
  const [code, setCode] = useState("");
  return <CodeField label="Friend code" value={code} onChange={setCode} />;
}

const field = () => screen.getByRole<HTMLInputElement>("textbox", { name: "Friend code" });

it.each([
  ["4xj9ptb6wc", "4XJ9P-TB6WC"],
  ["4xj9p-tb6wc", "4XJ9P-TB6WC"],
  ["oil", "011"],
  ["4xj9pt{Backspace}", "4XJ9P"],
])("typing %s shows %s", async (keys, shown) => {
  render(<Field />);
  await userEvent.type(field(), keys);
  expect(field().value).toBe(shown);
});

it("takes a pasted link", async () => {
  render(<Field />);
  await userEvent.click(field());
  await userEvent.paste("https://kith.example/add/4XJ9P-TB6WC");
  expect(field().value).toBe("4XJ9P-TB6WC");
});

it("keeps the caret when a character is put in the middle", async () => {
  render(<Field />);
  await userEvent.type(field(), "4xj9tb6wc");
  field().setSelectionRange(4, 4);
  await userEvent.keyboard("p");
  expect(field().value).toBe("4XJ9P-TB6WC");
  expect(field().selectionStart).toBe(5);
});
