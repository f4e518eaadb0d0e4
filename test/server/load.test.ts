// Two hundred streaming requests at a time with mixed constraints, some of whose clients leave in the middle, between bodies that are no
// requests: nothing hangs, nothing is left over, and every text that came to its end is valid.
import { connect } from "node:net";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChatDecoder } from "../../src/chat/loop/chat-decoder.ts";
import { standInEngine } from "../../src/engines/stand-in.ts";
import { ChatServer } from "../../src/server/chat-server.ts";

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
const decoder = new ChatDecoder(counted);
const server = new ChatServer(decoder, { maxRequests: 400 });
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
  readonly content: string;
  readonly calls: readonly { readonly name: string; readonly arguments: string }[];
}

const kinds: readonly { readonly fields: object; readonly judge: (message: Message) => boolean }[] = [
  { fields: {}, judge: () => true },
  {
    fields: { response_format: { type: "json_schema", json_schema: { name: "x", schema } } },
    judge: ({ content }) => validate(JSON.parse(content)),
  },
  {
    fields: { response_format: { type: "json_object" } },
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
    judge: ({ calls }) =>
      calls.length > 0 && calls.every((call) => call.name === "put" && validate(JSON.parse(call.arguments))),
  },
  { fields: { regex: "(yes|no)", n: 3 }, judge: () => true },
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

async function ask(i: number): Promise<"finished" | "cut" | "left" | "refused"> {
  const random = Math.imul(i + 1, 0x9e3779b1) >>> 0;
  if (i % 10 === 9) {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      body: malformed[(random >>> 4) % malformed.length]!,
    });
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: { type: string } }).error.type).toBe("invalid_request_error");
    return "refused";
  }
  const { fields, judge } = kinds[i % kinds.length]!;
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({
      model: "stand-in",
      stream: true,
      seed: i,
      max_completion_tokens: 150,
      messages: [{ role: "user", content: `${i}` }],
      ...fields,
    }),
  });
  expect(response.status).toBe(200);
  const leavesAt = i % 4 === 3 ? 1 + ((random >>> 8) % 6) : Number.POSITIVE_INFINITY;
  let buffer = "";
  let events = 0;
  const decode = new TextDecoder();
  for await (const bytes of response.body!) {
    buffer += decode.decode(bytes, { stream: true });
    // Leaving the loop closes the connection.
    if (++events >= leavesAt) return "left";
  }
  const lines = buffer.split("\n\n").filter((line) => line !== "");
  expect(lines.at(-1)).toBe("data: [DONE]");
  const message = { content: "", calls: [] as { name: string; arguments: string }[] };
  let reason = "";
  for (const line of lines.slice(0, -1)) {
    const [choice] = JSON.parse(line.slice("data: ".length)).choices;
    if (choice.index !== 0) continue;
    message.content += choice.delta.content ?? "";
    for (const part of choice.delta.tool_calls ?? []) {
      const call = (message.calls[part.index] ??= { name: "", arguments: "" });
      call.name += part.function.name ?? "";
      call.arguments += part.function.arguments ?? "";
    }
    reason = choice.finish_reason ?? reason;
  }
  if (reason === "length") return "cut";
  if (!judge(message)) throw new Error(`request ${i}: ${JSON.stringify(message)}`);
  return "finished";
}

describe("the server under load", () => {
  it("answers 200 at a time, whoever leaves", async () => {
    const outcomes = await Promise.all(Array.from({ length: 200 }, (_, i) => ask(i)));
    const count = (kind: string) => outcomes.filter((outcome) => outcome === kind).length;
    expect(count("refused")).toBe(20);
    expect(count("left")).toBeGreaterThan(20);
    expect(count("finished")).toBeGreaterThan(100);
    while (decoder.load > 0 || server.load > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(released).toEqual(new Set([...released, ...begun]));
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: "ok", requests: 0 });
  });

  it("isn't held up by a client that says nothing, or half of it", async () => {
    const { port } = new URL(url);
    const sockets = Array.from({ length: 20 }, () => connect(Number(port), "127.0.0.1"));
    for (const socket of sockets)
      socket.write("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{");
    expect(await ask(1)).not.toBe("refused");
    for (const socket of sockets) socket.destroy();
    while (server.load > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });
});
