// Clients that do what a well-behaved one doesn't, over plain sockets.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ChatDecoder } from "../../src/chat/loop/chat-decoder.ts";
import { standInEngine } from "../../src/engines/stand-in.ts";
import { ChatServer, type ServerOptions } from "../../src/server/index.ts";

let server: ChatServer;
let decoder: ChatDecoder;
const faults: unknown[] = [];
const sockets: Socket[] = [];

async function start(options: ServerOptions = {}, delayMs = 0, engine = {}): Promise<number> {
  faults.length = 0;
  decoder = new ChatDecoder({ ...standInEngine({ delayMs }), ...engine });
  server = new ChatServer(decoder, { onFault: (error) => faults.push(error), graceMs: 200, ...options });
  return Number(new URL(await server.listen(0)).port);
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

function open(port: number): Socket & { received: string } {
  const socket = Object.assign(connect(port, "127.0.0.1"), { received: "" });
  socket.on("data", (data) => {
    socket.received += data;
  });
  socket.on("error", () => {});
  sockets.push(socket);
  return socket;
}

const body = (fields: object = {}) =>
  JSON.stringify({ model: "stand-in", messages: [{ role: "user", content: "?" }], ...fields });
const post = (text: string, headers = `content-length: ${text.length}\r\n`) =>
  `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n${headers}\r\n${text}`;
const long = { min_tokens: 4000, max_completion_tokens: 4000 };
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** Whether it comes true at all; how soon is the machine's. */
const until = async (holds: () => boolean, ms = 20_000) => {
  for (const end = Date.now() + ms; !holds() && Date.now() < end; ) await wait(5);
  expect(holds()).toBe(true);
};
const isClosed = (socket: Socket) => () => socket.closed;

describe("answers that need no choice", () => {
  it("come as any other", async () => {
    const port = await start();
    const socket = open(port);
    socket.write(post(body({ regex: "yes!" })));
    await until(() => socket.received.includes("yes!"));
    expect(faults).toEqual([]);
  });
});

describe("bodies", () => {
  it("that are too long by their chunks are told so", async () => {
    const port = await start({ maxBodyBytes: 1000 });
    const socket = open(port);
    socket.write(post("", "transfer-encoding: chunked\r\n"));
    for (let i = 0; i < 3; i++) socket.write(`258\r\n${"x".repeat(600)}\r\n`);
    await until(() => socket.received.includes("413"));
    await until(isClosed(socket));
    expect(faults).toEqual([]);
  });

  it("that come while the server is full are read past, so that the answer arrives", async () => {
    const port = await start({ maxRequests: 1 }, 5);
    open(port).write(post(body(long)));
    await until(() => server.load === 1);
    const second = open(port);
    const text = body({ user: "x".repeat(3_000_000) });
    second.write(post(text));
    await until(() => second.received.includes("429"));
    // The same connection goes on.
    await until(() => second.writableLength === 0);
    second.write("GET /health HTTP/1.1\r\nhost: x\r\n\r\n");
    await until(() => second.received.includes('"status":"ok"'));
  });

  it("that come too slowly are told so", async () => {
    const port = await start({ timeoutMs: 100 });
    const socket = open(port);
    socket.write(post("{", "content-length: 100\r\n"));
    await until(() => socket.received.includes("504"));
    expect(server.load).toBe(0);
  });

  it("whose client goes away are no fault", async () => {
    const port = await start({}, 2);
    const half = open(port);
    half.write(post("{", "content-length: 100\r\n"));
    const whole = open(port);
    whole.write(post(body(long)));
    await until(() => server.load === 2 && decoder.load === 1);
    half.destroy();
    whole.destroy();
    await until(() => server.load === 0 && decoder.load === 0);
    expect(faults).toEqual([]);
  });
});

describe("targets", () => {
  it("that are no URL aren't there", async () => {
    const port = await start();
    for (const target of ["//", "http://[/", "*"]) {
      const socket = open(port);
      socket.write(`GET ${target} HTTP/1.1\r\nhost: x\r\n\r\n`);
      await until(() => socket.received.startsWith("HTTP/1.1 4"));
    }
    expect(faults).toEqual([]);
  });
});

describe("bodies that are long together", () => {
  it("are told to come again, those within the bound are answered", async () => {
    const port = await start({ maxTotalBytes: 5000 });
    const slow = open(port);
    slow.write(post("{".padEnd(3000), "content-length: 4000\r\n"));
    await until(() => server.load === 1);
    const second = open(port);
    second.write(post(body({ user: "x".repeat(3000) })));
    await until(() => second.received.includes("HTTP/1.1 429"));
    second.write(post(body({ regex: "yes" })));
    await until(() => second.received.includes("HTTP/1.1 200"));
    slow.destroy();
    await until(() => server.load === 0);
    second.write(post(body({ regex: "no", user: "x".repeat(3000) })));
    await until(() => second.received.split("HTTP/1.1 200").length === 3);
    expect(faults).toEqual([]);
  });
});

describe("bodies that are meant to confuse", () => {
  it("are refused, or read as they are written", async () => {
    const port = await start();
    const ask = async (text: string) => {
      const socket = open(port);
      socket.write(post(text));
      await until(() => socket.received.includes("\r\n\r\n"));
      return socket.received.slice(9, 12);
    };
    expect(await ask(body().replace("{", '{"__proto__":{"regex":"x"},'))).toBe("400");
    expect(await ask(body({ constructor: 1 }))).toBe("400");
    expect(await ask("[".repeat(100_000))).toBe("400");
    expect(await ask(body({ metadata: JSON.parse('{"__proto__":"x"}') }))).toBe("200");
    const schema =
      '{"properties":{"__proto__":{"const":1}},"required":["__proto__"],"additionalProperties":false,"type":"object"}';
    const format = `{"type":"json_schema","json_schema":{"name":"x","schema":${schema}}}`;
    expect(await ask(body().replace("{", `{"response_format":${format},`))).toBe("200");
    expect(({} as { regex?: string }).regex).toBeUndefined();
    expect(faults).toEqual([]);
  });
});

describe("a client that half-closes", () => {
  it("is taken for one that has gone: which of both it is can't be told in time", async () => {
    const port = await start({}, 1);
    for (const stream of [true, false]) {
      const socket = open(port);
      socket.write(post(body({ ...long, stream })));
      await until(() => decoder.load === 1);
      socket.end();
      await until(isClosed(socket));
      await until(() => decoder.load === 0 && server.load === 0);
    }
    expect(faults).toEqual([]);
  });
});

describe("heads", () => {
  it("are given of what can be had; options aren't, nor leave for other origins", async () => {
    const port = await start();
    const ask = async (head: string) => {
      const socket = open(port);
      socket.write(`${head}\r\nhost: x\r\norigin: http://other\r\nconnection: close\r\n\r\n`);
      await until(isClosed(socket));
      return socket.received;
    };
    const health = await ask("HEAD /health HTTP/1.1");
    expect(health).toMatch(/^HTTP\/1.1 200/);
    expect(health.endsWith("\r\n\r\n")).toBe(true);
    const options = await ask("OPTIONS /v1/chat/completions HTTP/1.1");
    expect(options).toMatch(/^HTTP\/1.1 405/);
    expect(options.toLowerCase()).not.toContain("access-control");
    expect(await ask(`GET /health HTTP/1.1\r\nx: ${"x".repeat(20_000)}`)).toMatch(/^HTTP\/1.1 431/);
  });
});

describe("a connection that can't be taken", () => {
  it("is a fault, and no end", async () => {
    const port = await start();
    server.server.emit("error", new Error("too many open files"));
    expect(faults).toEqual([new Error("too many open files")]);
    const socket = open(port);
    socket.write("GET /health HTTP/1.1\r\nhost: x\r\n\r\n");
    await until(() => socket.received.includes('"status":"ok"'));
  });
});

describe("an engine that doesn't come to its end", () => {
  it("with a pass: health says so, and nobody else is made to wait", async () => {
    let settle = () => {};
    const { forward } = standInEngine();
    const port = await start({ stallMs: 1500 }, 0, {
      forward: async (...args: Parameters<typeof forward>) => {
        await new Promise<void>((resolve) => (settle = resolve));
        return forward(...args);
      },
    });
    const health = async () => (await fetch(`http://127.0.0.1:${port}/health`)).status;
    const waiting = open(port);
    waiting.write(post(body({ max_tokens: 1 })));
    await until(() => decoder.passMs > 0);
    expect(await health()).toBe(200);
    await until(() => decoder.passMs > 1500);
    expect(await health()).toBe(503);
    const refused = open(port);
    refused.write(post(body()));
    await until(() => refused.received.includes('"code":"stalled"'));
    settle();
    await until(() => waiting.received.includes('"finish_reason":"length"'));
    expect(await health()).toBe(200);
  });

  it("with a prompt: the request's own time ends it", async () => {
    const port = await start({ timeoutMs: 100 }, 0, { prompt: () => new Promise(() => {}) });
    const socket = open(port);
    socket.write(post(body()));
    await until(() => socket.received.includes("HTTP/1.1 504"));
    expect(server.load).toBe(0);
  });
});

describe("requests behind one another on a connection", () => {
  it("all end with it", async () => {
    const port = await start({}, 2);
    const socket = open(port);
    socket.write(post(body(long)) + post(body({ ...long, stream: true })));
    await until(() => decoder.load === 2);
    socket.destroy();
    await until(() => decoder.load === 0 && server.load === 0);
    expect(faults).toEqual([]);
  });

  it("are answered in their order", async () => {
    const port = await start();
    const socket = open(port);
    socket.write(post(body({ max_tokens: 40, min_tokens: 40 })) + post(body({ regex: "second" })));
    await until(() => socket.received.split("HTTP/1.1 200").length === 3);
    await until(() => socket.received.includes("second"));
  });
});

describe("a fault of the engine's logits", () => {
  it("isn't the client's", async () => {
    const { vocabulary } = standInEngine();
    const port = await start({}, 0, {
      forward: async (rows: readonly unknown[]) => rows.map(() => new Float32Array(vocabulary.size).fill(Number.NaN)),
    });
    const socket = open(port);
    socket.write(post(body()));
    await until(() => socket.received.includes("HTTP/1.1 500"));
    expect(faults).toHaveLength(1);
  });
});

describe("a client that doesn't read", () => {
  const unread = { stream: true, n: 10, logprobs: true, top_logprobs: 20, ...long };

  it("is cut off some time after its request has run out of its own", async () => {
    const port = await start({ timeoutMs: 1000, lingerMs: 100 });
    const begun = once(server.server, "request");
    const socket = open(port);
    socket.pause();
    socket.write(post(body(unread)));
    await begun;
    await until(() => server.load === 0 && decoder.load === 0);
    const connections = () =>
      new Promise<number>((resolve) => server.server.getConnections((_, count) => resolve(count)));
    for (const end = Date.now() + 20_000; (await connections()) > 0 && Date.now() < end; ) await wait(10);
    expect(await connections()).toBe(0);
  });

  it("is decoded no further than it reads, and gets all when it does", async () => {
    const port = await start({ timeoutMs: 60_000 });
    const socket = open(port);
    socket.pause();
    socket.write(post(body({ ...unread, min_tokens: 900, max_completion_tokens: 900 })));
    await until(() => decoder.load === 1);
    const { engine } = decoder;
    let passes = 0;
    const { forward } = engine;
    engine.forward = (...args) => {
      passes++;
      return forward.apply(engine, args);
    };
    let before = -1;
    while (passes > before) {
      before = passes;
      await wait(500);
    }
    expect(passes).toBeLessThan(890);
    // Its neighbours aren't held up.
    const other = open(port);
    other.write(post(body({ max_tokens: 5, min_tokens: 5 })));
    await until(() => other.received.includes('"finish_reason":"length"'));
    socket.resume();
    await until(() => socket.received.includes("[DONE]"), 50_000);
    expect(socket.received.split('"finish_reason":"length"')).toHaveLength(11);
  });

  it("doesn't hold up the end", async () => {
    const port = await start({ graceMs: 100, lingerMs: 100 });
    const socket = open(port);
    socket.pause();
    socket.write(post(body(unread)));
    await until(() => server.load === 1);
    await wait(300);
    const begin = Date.now();
    await server.close();
    expect(Date.now() - begin).toBeLessThan(2000);
  });
});

describe("a client that says nothing", () => {
  it("or half a head doesn't hold up the end, where nobody is being answered", async () => {
    const port = await start({ graceMs: 20_000 });
    open(port);
    open(port).write("POST /v1/chat");
    await wait(50);
    const begin = Date.now();
    await server.close();
    expect(Date.now() - begin).toBeLessThan(1000);
  });
});
