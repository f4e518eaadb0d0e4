// grammask serve as a user runs it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

function serve(...options: string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", main, "serve", ...options], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const told = { out: "", error: "" };
  child.stdout.on("data", (data) => (told.out += data));
  child.stderr.on("data", (data) => (told.error += data));
  return { child, told, ended: once(child, "exit").then(([code]) => code as number) };
}

test("it says where it answers, answers, and ends by a signal when what has begun is finished", async () => {
  const { child, told, ended } = serve("--port", "0", "--name", "parrot");
  while (!told.out.includes("\n")) await new Promise((resolve) => setTimeout(resolve, 20));
  const [url] = /http:\S+\/v1/.exec(told.out)!;
  const answer = fetch(`${url}/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "parrot", regex: "[a-z]{300}", messages: [{ role: "user", content: "?" }] }),
  });
  while (((await (await fetch(url.replace("/v1", "/health"))).json()) as { requests: number }).requests === 0) {}
  child.kill("SIGTERM");
  const { choices } = (await (await answer).json()) as { choices: { message: { content: string } }[] };
  expect(choices[0]!.message.content).toMatch(/^[a-z]{300}$/);
  expect(await ended).toBe(0);
});

test("wrong use ends it with 2, and one line", async () => {
  for (const options of [
    ["--model", "nowhere.gguf"],
    ["--tool-dialect", "nonsense"],
    ["--host", "256.0.0.1"],
  ]) {
    const { told, ended } = serve("--port", "0", ...options);
    expect(await ended).toBe(2);
    expect(told.error.trim().split("\n")).toHaveLength(1);
    expect(told.error).not.toContain("    at ");
  }
});
