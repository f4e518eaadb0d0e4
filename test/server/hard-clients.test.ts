// Clients that do what a well-behaved one doesn't, over plain sockets.
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
const until = async (holds: () => boolean, ms = 3000) => {
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
    const socket = open(port);
    socket.pause();
    socket.write(post(body(unread)));
    await until(() => server.load === 1);
    await until(() => server.load === 0 && decoder.load === 0);
    const connections = () =>
      new Promise<number>((resolve) => server.server.getConnections((_, count) => resolve(count)));
    for (const end = Date.now() + 3000; (await connections()) > 0 && Date.now() < end; ) await wait(10);
    expect(await connections()).toBe(0);
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
