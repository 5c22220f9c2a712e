import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const LISTENING = /^listening on (http:\/\/127\.0\.0\.1:(\d+))$/m;

/** A starting debug build on a busy machine takes a while; one that takes longer is stuck. */
const START_MS = 30_000;

/** The real server on a data directory of its own. */
export class KithServer {
  readonly #directory = mkdtempSync(join(tmpdir(), "kith-e2e-"));
  readonly #offsetFile = join(this.#directory, "offset");
  #child: ChildProcess | undefined;
  #port = "0";
  #log = "";
  url = "";

  /** Without limits: what is measured is not a person's pace. */
  constructor(private readonly options: { limits?: boolean } = {}) {
    this.setClockOffset(0);
  }

  /** What the server wrote to standard error, over all its starts. */
  get log(): string {
    return this.#log;
  }

  /** Starts the server; a second start takes the same port and the same data. */
  async start(): Promise<void> {
    const binary = process.env.KITH;
    if (!binary) throw new Error("KITH must name the server's binary, as `make e2e` does");
    const child = spawn(
      binary,
      [
        "serve",
        "--dev",
        ...["--listen", `127.0.0.1:${this.#port}`],
        ...["--data-dir", join(this.#directory, "data")],
        ...["--clock-offset-file", this.#offsetFile],
        ...(this.options.limits === false ? ["--no-limits"] : []),
      ],
      { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1" } },
    );
    this.#child = child;
    child.stderr.on("data", (chunk: Buffer) => {
      this.#log += chunk.toString();
    });
    const [, url = "", port = ""] = await new Promise<RegExpExecArray>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`the server ${why}\n${this.#log}`));
      const timer = setTimeout(() => fail("did not start"), START_MS);
      let out = "";
      child.stdout.on("data", (chunk: Buffer) => {
        out += chunk.toString();
        const found = LISTENING.exec(out);
        if (!found) return;
        clearTimeout(timer);
        resolve(found);
      });
      child.once("error", (error) => fail(`cannot be run: ${error.message}`));
      child.once("exit", (code, signal) => fail(`ended with ${signal ?? code}`));
    });
    this.url = url;
    this.#port = port;
  }

  /** Ends the process and waits for it: SIGKILL as a crash does, SIGTERM as an operator does. */
  async kill(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }

  /** Moves the server's clock to `seconds` ahead of the machine's; it looks once a second. */
  setClockOffset(seconds: number): void {
    writeFileSync(this.#offsetFile, String(seconds));
  }

  async dispose(): Promise<void> {
    await this.kill("SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
