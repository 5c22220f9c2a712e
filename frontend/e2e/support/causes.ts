import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Reporter, TestCase, TestError, TestResult } from "@playwright/test/reporter";

/** Says at the very end, in two lines each, why tries failed: whoever has only the end of a long log finds it there. */
export default class Causes implements Reporter {
  readonly #causes: string[] = [];

  onTestEnd(test: TestCase, { status, retry, errors }: TestResult): void {
    if (status === "passed" || status === "skipped" || status === test.expectedStatus) return;
    for (const error of errors) this.#causes.push(`${test.title}, try ${retry + 1}\n    ${causeOf(error)}`);
  }

  onEnd(): void {
    for (const cause of this.#causes) process.stdout.write(`\n  ${cause}\n`);
  }

  printsToStdio(): boolean {
    return false;
  }
}

function causeOf({ message = "", location }: TestError): string {
  const at = location ? `${relative(process.cwd(), location.file)}:${location.line}: ` : "";
  const lines = stripVTControlCharacters(message).split("\n");
  return (
    at +
    lines
      .map((line) => line.trim())
      .filter(Boolean)
      .join(" · ")
      .slice(0, 400)
  );
}
