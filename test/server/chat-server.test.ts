// What the server does beside answering: limits, errors, shutting down.
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ChatDecoder } from "../../src/chat/loop/chat-decoder.ts";
import { standInEngine } from "../../src/engines/stand-in.ts";
import { ChatServer, type ServerOptions } from "../../src/server/index.ts";

let server: ChatServer;
const faults: unknown[] = [];

async function start(options: ServerOptions = {}, delayMs = 0, engine = {}): Promise<string> {
  faults.length = 0;
  server = new ChatServer(new ChatDecoder({ ...standInEngine({ delayMs }), ...engine }), {
    onFault: (error) => faults.push(error),
    graceMs: 200,
    ...options,
  });
  return server.listen(0);
}
afterEach(() => server.close());

const request = {
  model: "stand-in",
  messages: [{ role: "user", content: "?" }],
  min_tokens: 400,
  max_completion_tokens: 400,
};
const post = (url: string, body: string | Uint8Array | ReadableStream, init: RequestInit = {}) =>
  fetch(`${url}/v1/chat/completions`, { method: "POST", body, ...init } as RequestInit);
const ask = (url: string, fields: object = {}) => post(url, JSON.stringify({ ...request, ...fields }));

async function errorOf(response: Response): Promise<{ status: number; type: string; code: string; message: string }> {
  const { error } = (await response.json()) as { error: { type: string; code: string; message: string; param: null } };
  expect(Object.keys(error).sort()).toEqual(["code", "message", "param", "type"]);
  return { status: response.status, ...error };
}

describe("limits", () => {
  it("of a body's length, told by its header or not", async () => {
    const url = await start({ maxBodyBytes: 1000 });
    expect(await errorOf(await post(url, "x".repeat(1001)))).toMatchObject({ status: 413, code: "request_too_large" });
    const stream = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(600));
      },
    });
    const answer = post(url, stream, { duplex: "half" } as RequestInit).then(errorOf, (error: Error) => error.message);
    // A client that is still sending may see the connection end instead of the answer.
    const seen = await answer;
    if (typeof seen !== "string") expect(seen).toMatchObject({ status: 413 });
    while (server.load > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it("of requests at a time", async () => {
    const url = await start({ maxRequests: 2 }, 2);
    const first = [ask(url), ask(url)];
    while (server.load < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    const refused = await ask(url);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await errorOf(refused)).toMatchObject({ status: 429, type: "rate_limit_error" });
    for (const answer of await Promise.all(first)) expect(answer.status).toBe(200);
    expect((await ask(url, { max_completion_tokens: 1, min_tokens: 0 })).status).toBe(200);
  });

  it("of time, before the first byte and behind it", async () => {
    const url = await start({ timeoutMs: 100 }, 20);
    expect(await errorOf(await ask(url))).toMatchObject({ status: 504, code: "timeout", type: "server_error" });
    const lines = (await (await ask(url, { stream: true })).text()).trimEnd().split("\n\n");
    expect(JSON.parse(lines.at(-1)!.slice("data: ".length))).toMatchObject({ error: { code: "timeout" } });
    expect(server.load).toBe(0);
  });

  it("of a compiled constraint's size", async () => {
    const url = await start();
    const answer = await errorOf(await ask(url, { ebnf: `root ::= ${"(".repeat(5000)}"a"${")".repeat(5000)}` }));
    expect(answer).toMatchObject({ status: 400, code: "limit" });
  });
});

describe("errors", () => {
  it("at the wrong place, or by the wrong method", async () => {
    const url = await start();
    expect(await errorOf(await fetch(`${url}/v1/completions`))).toMatchObject({ status: 404 });
    const wrong = await fetch(`${url}/v1/chat/completions`);
    expect(wrong.headers.get("allow")).toBe("POST");
    expect(await errorOf(wrong)).toMatchObject({ status: 405 });
    expect((await fetch(`${url}/v1/models/other`)).status).toBe(404);
    expect(await errorOf(await post(url, Uint8Array.of(0xff, 0xfe)))).toMatchObject({
      status: 400,
      code: "invalid_utf8",
    });
  });

  it("of the engine are told as faults, without what they say", async () => {
    const forward = async () => {
      throw new Error("secret");
    };
    const url = await start({}, 0, { forward });
    const answer = await errorOf(await ask(url));
    expect(answer).toMatchObject({ status: 500, type: "server_error", code: "internal_error" });
    expect(answer.message).not.toContain("secret");
    expect(faults).toEqual([new Error("secret")]);
    const text = await (await ask(url, { stream: true })).text();
    expect(text).toContain("internal_error");
    expect(text).not.toContain("[DONE]");
  });

  it("of HTTP itself don't end it", async () => {
    const url = await start();
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.resume().write("NONSENSE\r\n\r\n");
    await new Promise((resolve) => socket.once("close", resolve));
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });
});

describe("shutting down", () => {
  it("finishes what has begun, and takes no more", async () => {
    const url = await start({ graceMs: 30_000 }, 1);
    const running = ask(url, { min_tokens: 50, max_completion_tokens: 50 });
    while (server.load === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const closed = server.close();
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    expect((await running).status).toBe(200);
    await closed;
  });

  it("aborts what takes too long", async () => {
    const url = await start({ graceMs: 50 }, 20);
    const running = ask(url);
    while (server.load === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await server.close();
    expect(await errorOf(await running)).toMatchObject({ status: 503, code: "shutting_down" });
  });
});
