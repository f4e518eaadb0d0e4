// Two hundred requests at a time, streaming or not, with mixed constraints, some of whose clients leave at any moment, between bodies that are
// no requests: nothing hangs, nothing is left over (no sequence, no connection, no object in memory), and every text that came to its end is valid.
import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChatDecoder } from "../../src/chat/loop/chat-decoder.ts";
import type { ChatCompletionChunk } from "../../src/chat/response.ts";
import { standInEngine } from "../../src/engines/stand-in.ts";
import { ChatServer } from "../../src/server/chat-server.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const released = new Set<number>();
const begun = new Set<number>();
const engine = standInEngine();
const counted = {
  ...engine,
  forward: (rows: Parameters<typeof engine.forward>[0], signal: AbortSignal) => {
    for (const { sequence } of rows) {
      expect(released.has(sequence)).toBe(false);
      begun.add(sequence);
    }
    return engine.forward(rows, signal);
  },
  release: (sequence: number) => {
    expect(released.has(sequence)).toBe(false);
    released.add(sequence);
    engine.release?.(sequence);
  },
};
/** What belongs to one request, by what it is. */
const traces: { readonly kind: string; readonly ref: WeakRef<object> }[] = [];
class TracedDecoder extends ChatDecoder {
  override async decode(...args: Parameters<ChatDecoder["decode"]>) {
    const stream = await super.decode(...args);
    traces.push({ kind: "plan", ref: new WeakRef(args[0]) }, { kind: "stream", ref: new WeakRef(stream) });
    return stream;
  }
}
const decoder = new TracedDecoder(counted);
const faults: unknown[] = [];
const server = new ChatServer(decoder, { maxRequests: 400, onFault: (error) => faults.push(error) });
server.server.on("request", (request, response) => {
  traces.push({ kind: "request", ref: new WeakRef(request) }, { kind: "response", ref: new WeakRef(response) });
});
server.server.on("connection", (socket) => traces.push({ kind: "socket", ref: new WeakRef(socket) }));
let url = "";

beforeAll(async () => {
  url = await server.listen(0);
});
afterAll(() => server.close());

const schema = {
  type: "object",
  properties: {
    name: { type: "string", maxLength: 20 },
    size: { type: "integer", minimum: 0, maximum: 999 },
    tags: { type: "array", items: { enum: ["a", "b"] }, maxItems: 4 },
  },
  required: ["name", "size"],
  additionalProperties: false,
};
const validate = new Ajv2020().compile(schema);
const tool = { type: "function", function: { name: "put", parameters: schema } };

interface Message {
  content: string;
  readonly calls: { name: string; arguments: string }[];
  reason: string;
}

const areCalls = ({ calls }: Message) =>
  calls.every((call) => call.name === "put" && validate(JSON.parse(call.arguments)));
const valueTag = /^<v>(.*)<\/v>(?:;<v>(.*)<\/v>)?$/s;

const kinds: readonly { readonly fields: object; readonly judge: (message: Message) => boolean }[] = [
  { fields: {}, judge: ({ content }) => content.length > 0 },
  {
    fields: { response_format: { type: "json_schema", json_schema: { name: "x", schema } } },
    judge: ({ content }) => validate(JSON.parse(content)),
  },
  {
    fields: { response_format: { type: "json_object" }, logprobs: true, top_logprobs: 2 },
    judge: ({ content }) => typeof JSON.parse(content) === "object",
  },
  { fields: { regex: "[a-c]{2,6}-\\d{3}" }, judge: ({ content }) => /^[a-c]{2,6}-\d{3}$/.test(content) },
  {
    fields: { ebnf: 'root ::= "(" root ")" | [a-z]+' },
    judge: ({ content }) =>
      /^(\(*)[a-z]+(\)*)$/.test(content) && content.split("(").length === content.split(")").length,
  },
  {
    fields: { tools: [tool], tool_choice: "required" },
    judge: (message) => message.calls.length > 0 && areCalls(message) && message.reason === "tool_calls",
  },
  { fields: { tools: [tool], stop: ["ing "] }, judge: areCalls },
  {
    fields: { tools: [tool], response_format: { type: "json_schema", json_schema: { name: "x", schema } } },
    judge: (message) => (message.calls.length > 0 ? areCalls(message) : validate(JSON.parse(message.content))),
  },
  {
    fields: {
      response_format: {
        type: "structural_tag",
        format: {
          type: "tags_with_separator",
          tags: [{ type: "tag", begin: "<v>", content: { type: "json_schema", json_schema: schema }, end: "</v>" }],
          separator: ";",
          at_least_one: true,
          stop_after_first: false,
        },
      },
    },
    judge: ({ content }) =>
      content.split("</v>;").every((part, i, all) => {
        const [, value] = valueTag.exec(i < all.length - 1 ? `${part}</v>` : part) ?? [];
        return value !== undefined && validate(JSON.parse(value));
      }),
  },
  { fields: { regex: "(yes|no)", n: 3 }, judge: ({ content }) => /^(yes|no)$/.test(content) },
];

const malformed = [
  "",
  "{",
  "[]",
  "null",
  '{"model":"stand-in"}',
  '{"messages":[],"model":"stand-in"}',
  '{"a":'.repeat(5000),
  '{"model":"stand-in","messages":[{"role":"user","content":"x"}],"regex":"("}',
  "\ud800",
];

type Outcome = "finished" | "cut" | "left" | "refused";

async function ask(i: number): Promise<Outcome> {
  const random = Math.imul(i + 1, 0x9e3779b1) >>> 0;
  const send = (body: string, signal?: AbortSignal) =>
    fetch(`${url}/v1/chat/completions`, { method: "POST", body, ...(signal && { signal }) });
  if (i % 10 === 9) {
    const response = await send(malformed[(random >>> 4) % malformed.length]!);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: { type: string } }).error.type).toBe("invalid_request_error");
    return "refused";
  }
  const { fields, judge } = kinds[i % kinds.length]!;
  const stream = i % 3 > 0;
  const request = { model: "stand-in", stream, seed: i, max_completion_tokens: 150, ...fields };
  const body = JSON.stringify({ ...request, messages: [{ role: "user", content: `${i}` }] });
  if (i % 16 === 7) {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), (random >>> 8) % 300);
    await send(body, controller.signal)
      .then((response) => response.text())
      .catch(() => "");
    return "left";
  }
  const response = await send(body);
  expect(response.status).toBe(200);
  const leavesAt = stream && i % 4 === 3 ? 1 + ((random >>> 8) % 6) : Number.POSITIVE_INFINITY;
  let text = "";
  let pieces = 0;
  const decode = new TextDecoder();
  for await (const bytes of response.body!) {
    text += decode.decode(bytes, { stream: true });
    // Leaving the loop closes the connection.
    if (++pieces >= leavesAt) return "left";
  }
  const messages = stream ? messagesOf(text) : wholeMessages(text);
  expect(messages).toHaveLength("n" in fields ? 3 : 1);
  if (messages.some(({ reason }) => reason === "length")) return "cut";
  for (const message of messages) if (!judge(message)) throw new Error(`request ${i}: ${JSON.stringify(message)}`);
  return "finished";
}

function messagesOf(events: string): Message[] {
  const lines = events.split("\n\n").filter((line) => line !== "");
  expect(lines.at(-1)).toBe("data: [DONE]");
  const messages: Message[] = [];
  for (const line of lines.slice(0, -1)) {
    for (const { index, delta, finish_reason } of (JSON.parse(line.slice("data: ".length)) as ChatCompletionChunk)
      .choices) {
      const message = (messages[index] ??= { content: "", calls: [], reason: "" });
      expect(message.reason).toBe("");
      message.content += delta.content ?? "";
      for (const part of delta.tool_calls ?? []) {
        if (!("function" in part)) throw new Error("nobody asked for a custom tool");
        const call = (message.calls[part.index] ??= { name: "", arguments: "" });
        call.name += part.function.name ?? "";
        call.arguments += part.function.arguments ?? "";
      }
      message.reason = finish_reason ?? "";
    }
  }
  for (const { reason } of messages) expect(reason).not.toBe("");
  return messages;
}

function wholeMessages(text: string): Message[] {
  const { choices } = JSON.parse(text) as {
    choices: {
      finish_reason: string;
      message: { content: string; tool_calls?: { function: Message["calls"][number] }[] };
    }[];
  };
  return choices.map(({ message, finish_reason }) => ({
    content: message.content ?? "",
    calls: (message.tool_calls ?? []).map((call) => call.function),
    reason: finish_reason,
  }));
}

const idle = async () => {
  while (decoder.load > 0 || server.load > 0) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** How many of each kind are still in memory. */
function leftOver(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { kind, ref } of traces) if (ref.deref() !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

describe("the server under load", () => {
  it("answers 200 at a time, whoever leaves, and keeps nothing", async () => {
    const outcomes = await Promise.all(Array.from({ length: 200 }, (_, i) => ask(i)));
    const count = (kind: Outcome) => outcomes.filter((outcome) => outcome === kind).length;
    expect(count("refused")).toBe(20);
    expect(count("left")).toBeGreaterThan(20);
    expect(count("finished")).toBeGreaterThan(90);
    await idle();
    expect(faults).toEqual([]);
    expect([...begun].filter((sequence) => !released.has(sequence))).toEqual([]);
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: "ok", requests: 0 });
    const connections = () =>
      new Promise<number>((resolve) => server.server.getConnections((_, open) => resolve(open)));
    // None of them is in use.
    server.server.closeIdleConnections();
    while ((await connections()) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      collect();
    }
    // Node itself may keep the last ones for a while.
    for (const [kind, count] of leftOver()) expect([kind, count > 10 ? count : "few"]).toEqual([kind, "few"]);
    expect(process.getActiveResourcesInfo().filter((kind) => /TCPSocket|Timeout|Immediate/.test(kind))).toEqual([]);
  });

  it("isn't held up by a client that says nothing, or half of it", async () => {
    const { port } = new URL(url);
    const sockets = Array.from({ length: 20 }, () => connect(Number(port), "127.0.0.1"));
    for (const socket of sockets)
      socket.write("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{");
    expect(await ask(1)).not.toBe("refused");
    for (const socket of sockets) socket.destroy();
    await idle();
  });
});
