// The command as its users run it: a process of its own, in a folder of files. Starting one takes about a second, so that tests put many
// files into one start, and starts side by side.
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class CommandFolder {
  readonly path = mkdtempSync(join(tmpdir(), "grammask-"));

  write(files: Readonly<Record<string, string | Uint8Array>>): void {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(this.path, name), content);
  }

  makeFolder(name: string): void {
    mkdirSync(join(this.path, name));
  }

  /** `leaveAfter`: whoever reads stdout goes away after so many bytes, as `head` does. */
  run(args: readonly string[], leaveAfter = Number.POSITIVE_INFINITY): Promise<Outcome> {
    return this.start(args, "pipe", leaveAfter);
  }

  async runInto(file: string, args: readonly string[]): Promise<Outcome> {
    const target = openSync(file, "w");
    try {
      return await this.start(args, target, 0);
    } finally {
      closeSync(target);
    }
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }

  private start(args: readonly string[], target: "pipe" | number, leaveAfter: number): Promise<Outcome> {
    const child = spawn(process.execPath, ["--import", loader, main, ...args], {
      cwd: this.path,
      // Colours and progress must not depend on where the tests run.
      env: { ...process.env, CI: "1", NO_COLOR: undefined, FORCE_COLOR: undefined },
      stdio: ["ignore", target, "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (stdout.length >= leaveAfter) child.stdout?.destroy();
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
    });
  }
}

/** What a stack trace looks like. */
export const stackTrace = /^\s+at |node:internal|Error: /m;
