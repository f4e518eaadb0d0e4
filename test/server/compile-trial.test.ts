// Constraints that are hard to compile, tried in a process beside the server: nobody waits for them but who asked.
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { ChatDecoder } from "../../src/chat/loop/chat-decoder.ts";
import type { ChatCompletionRequest } from "../../src/chat/request/request.ts";
import { standInEngine } from "../../src/engines/stand-in.ts";
import { ChatServer, type ServerOptions } from "../../src/server/chat-server.ts";
import { CompileTrial } from "../../src/server/compile-trial.ts";

let server: ChatServer | undefined;
const faults: unknown[] = [];

async function start(options: ServerOptions = {}, delayMs = 0): Promise<string> {
  faults.length = 0;
  server = new ChatServer(new ChatDecoder(standInEngine({ delayMs })), {
    onFault: (error) => faults.push(error),
    graceMs: 200,
    ...options,
  });
  return server.listen(0);
}
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const messages = [{ role: "user", content: "?" }];
const post = (url: string, fields: object, init: RequestInit = {}) =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "stand-in", messages, ...fields }),
    ...init,
  });
const errorOf = async (response: Response) => ({
  status: response.status,
  ...((await response.json()) as { error: { code: string; param: string; message: string } }).error,
});

/** Seconds to compile: each tool's automaton is larger than the one before. */
const hard = (tools: number) => ({
  tools: Array.from({ length: tools }, (_, i) => ({
    type: "function",
    function: {
      name: `t${i}`,
      parameters: { type: "object", properties: { a: { type: "string", pattern: `^[ab]*a[ab]{4}c{${i}}$` } } },
    },
  })),
});
/** Some hundred MiB, and little time for that. */
const large = {
  response_format: {
    type: "json_schema",
    json_schema: {
      name: "x",
      schema: { enum: Array.from({ length: 60_000 }, (_, i) => `${(i * 2654435761) % 2 ** 32} ${i}`) },
    },
  },
};

describe("a constraint", () => {
  it("that takes too long to compile is refused, and the others' answers go on meanwhile", async () => {
    const url = await start({ compileMs: 2000 }, 1);
    const neighbour = await post(url, { stream: true, min_tokens: 100_000, max_tokens: 100_000 });
    let isRefused = false;
    const refused = post(url, hard(4000)).finally(() => (isRefused = true));
    let chunks = 0;
    for await (const _ of neighbour.body!) {
      if (isRefused) break;
      chunks++;
    }
    expect(await errorOf(await refused)).toMatchObject({
      status: 400,
      code: "limit",
      param: "tools",
      message: expect.stringMatching(/2 s to compile; make it smaller/),
    });
    expect(chunks).toBeGreaterThan(50);
    expect((await post(url, { regex: "yes" })).status).toBe(200);
    expect(faults).toEqual([]);
  });

  it("isn't looked at where something cheaper is wrong", async () => {
    const url = await start({ compileMs: 1 });
    expect(await errorOf(await post(url, { ...hard(1000), model: "other" }))).toMatchObject({ status: 404 });
    expect(await errorOf(await post(url, { ...hard(1000), lora_path: "x" }))).toMatchObject({ code: "unsupported" });
  });

  it("that takes too much memory is refused", async () => {
    const url = await start({ compileMs: 60_000, compileMebibytes: 80 });
    expect((await post(url, { regex: "yes" })).status).toBe(200);
    expect(await errorOf(await post(url, large))).toMatchObject({
      status: 400,
      code: "limit",
      param: "response_format.json_schema.schema",
      message: expect.stringContaining("80 MiB"),
    });
    expect((await post(url, { regex: "no" })).status).toBe(200);
    expect(faults).toEqual([]);
  });

  it("that takes too much memory is refused, however much the server itself was given", async () => {
    process.execArgv.push("--max-old-space-size=4096");
    try {
      const url = await start({ compileMs: 60_000, compileMebibytes: 80 });
      expect(await errorOf(await post(url, large))).toMatchObject({ message: expect.stringContaining("80 MiB") });
    } finally {
      process.execArgv.pop();
    }
  });

  it("whose client leaves is given up, and those behind it come", async () => {
    const url = await start({ compileMs: 60_000 });
    const controller = new AbortController();
    const left = post(url, hard(1000), { signal: controller.signal });
    const queued = new AbortController();
    const leftToo = post(url, hard(1001), { signal: queued.signal });
    while (server!.load < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    const behind = post(url, { regex: "yes" });
    queued.abort();
    await expect(leftToo).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 50));
    controller.abort();
    await expect(left).rejects.toThrow();
    expect((await behind).status).toBe(200);
    expect(server!.load).toBe(0);
    expect(faults).toEqual([]);
  });
});

describe("an engine whose reasoning depends on the request", () => {
  it("has its constraints tried, too", async () => {
    const reasoning = { begin: "<think>", end: "</think>", isOpen: ({ seed }: ChatCompletionRequest) => seed === 1 };
    server = new ChatServer(new ChatDecoder({ ...standInEngine(), reasoning }), { graceMs: 200 });
    const url = await server.listen(0);
    for (const seed of [1, 2]) expect((await post(url, { seed, regex: "[ab]", max_tokens: 2 })).status).toBe(200);
  });
});

describe("a trial", () => {
  const decoder = new ChatDecoder(standInEngine());
  const compile = (trial: CompileTrial, fields: object) => {
    const text = JSON.stringify({ model: "stand-in", messages, ...fields });
    return trial.compile(decoder.check(text), text, new AbortController().signal);
  };
  // What waits for a trial alone doesn't keep a process alive; here that is vitest's to do.
  const childOf = (trial: CompileTrial) =>
    (trial as unknown as { child: import("node:child_process").ChildProcess }).child;

  it("that was refused isn't made again", async () => {
    const limits = { ms: 100, mebibytes: 512 };
    const trial = new CompileTrial(decoder, limits);
    await expect(compile(trial, hard(1000))).rejects.toMatchObject({ code: "limit" });
    expect(childOf(trial)).toBeUndefined();
    limits.ms = 600_000;
    await expect(compile(trial, hard(1000))).rejects.toMatchObject({ code: "limit" });
    expect(childOf(trial)).toBeUndefined();
  });

  it("isn't made of what is compiled, or has nothing to compile", async () => {
    const trial = new CompileTrial(decoder, { ms: 10_000, mebibytes: 512 });
    decoder.plan({ model: "stand-in", messages: [{ role: "user", content: "?" }], regex: "known" });
    await compile(trial, { regex: "known" });
    await compile(trial, {});
    expect(childOf(trial)).toBeUndefined();
  });

  it("serves all that wait for the same", async () => {
    const trial = new CompileTrial(decoder, { ms: 10_000, mebibytes: 512 });
    await compile(trial, { regex: "warm" });
    const begun: unknown[] = [];
    childOf(trial).on("message", (answer) => answer === "begun" && begun.push(answer));
    await Promise.all(Array.from({ length: 20 }, () => compile(trial, { regex: "(yes|no)!" })));
    expect(begun).toHaveLength(1);
    trial.close();
  });

  it("whose process dies is another's to make; close ends the process", async () => {
    const trial = new CompileTrial(decoder, { ms: 10_000, mebibytes: 512 });
    await compile(trial, { regex: "first" });
    const first = childOf(trial);
    first.kill("SIGKILL");
    await once(first, "exit");
    await compile(trial, { regex: "second" });
    const second = childOf(trial);
    expect(second.pid).not.toBe(first.pid);
    // A signal to the whole group isn't for it.
    second.kill("SIGTERM");
    await compile(trial, { regex: "third" });
    trial.close();
    expect(await once(second, "exit")).toEqual([null, "SIGKILL"]);
  });

  it("whose process can't be started is a fault of the server's", async () => {
    const before = process.env["NODE_OPTIONS"];
    process.env["NODE_OPTIONS"] = "--no-such-option";
    try {
      const url = await start();
      expect(await errorOf(await post(url, { regex: "unheard" }))).toMatchObject({
        status: 500,
        code: "internal_error",
      });
      expect(faults).toHaveLength(1);
    } finally {
      if (before === undefined) delete process.env["NODE_OPTIONS"];
      else process.env["NODE_OPTIONS"] = before;
    }
  });
});
