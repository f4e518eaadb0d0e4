// grammask serve as a user runs it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

function serve(spawned: { detached?: boolean }, ...options: string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", main, "serve", ...options], {
    ...spawned,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const told = { out: "", error: "" };
  child.stdout.on("data", (data) => (told.out += data));
  child.stderr.on("data", (data) => (told.error += data));
  return { child, told, ended: once(child, "exit").then(([code]) => code as number) };
}

test("it says where it answers, answers, and ends by a signal when what has begun is finished", async () => {
  const { child, told, ended } = serve({}, "--port", "0", "--name", "parrot");
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

test("a signal lets a stream come to its end, and a constraint that is just being tried, though the group gets it", async () => {
  const { child, told, ended } = serve({ detached: true }, "--port", "0", "--compile-timeout", "600");
  while (!told.out.includes("\n")) await new Promise((resolve) => setTimeout(resolve, 20));
  const [url] = /http:\S+\/v1/.exec(told.out)!;
  const post = (fields: object) =>
    fetch(`${url}/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ model: "stand-in", messages: [{ role: "user", content: "?" }], ...fields }),
    });
  const load = async () =>
    ((await (await fetch(url.replace("/v1", "/health"))).json()) as { requests: number }).requests;
  await post({ regex: "first" });
  const streamed = await post({ stream: true, min_tokens: 2000, max_tokens: 2000 });
  const tools = Array.from({ length: 300 }, (_, i) => ({
    type: "function",
    function: { name: `t${i}`, parameters: { properties: { [`p${i}`]: { type: "string" } }, type: "object" } },
  }));
  const tried = post({ tools, max_tokens: 3 });
  while ((await load()) < 2) {}
  process.kill(-child.pid!, "SIGINT");
  const text = await streamed.text();
  expect(text.match(/"finish_reason":"length"/g)).toHaveLength(1);
  expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
  expect((await tried).status).toBe(200);
  expect(await ended).toBe(0);
  // The process beside it has ended, too.
  for (;;) {
    try {
      process.kill(-child.pid!, 0);
    } catch {
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

test("a second signal doesn't wait", async () => {
  const { child, told, ended } = serve({}, "--port", "0");
  while (!told.out.includes("\n")) await new Promise((resolve) => setTimeout(resolve, 20));
  const [url] = /http:\S+\/v1/.exec(told.out)!;
  const body = { model: "stand-in", messages: [{ role: "user", content: "?" }], stream: true, min_tokens: 16_000 };
  const streamed = await fetch(`${url}/chat/completions`, { method: "POST", body: JSON.stringify(body) });
  child.kill("SIGTERM");
  while (!told.error.includes("finishing")) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  await expect(streamed.text()).rejects.toThrow();
});

test("a port that is in use is told, and ends it with 2", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { told, ended } = serve({}, "--port", String((taken.address() as { port: number }).port));
  expect(await ended).toBe(2);
  expect(told.error).toMatch(/address already in use/);
  taken.close();
});

test("wrong use ends it with 2, and one line", async () => {
  for (const options of [
    ["--model", "nowhere.gguf"],
    ["--tool-dialect", "nonsense"],
    ["--host", "256.0.0.1"],
  ]) {
    const { told, ended } = serve({}, "--port", "0", ...options);
    expect(await ended).toBe(2);
    expect(told.error.trim().split("\n")).toHaveLength(1);
    expect(told.error).not.toContain("    at ");
  }
});
