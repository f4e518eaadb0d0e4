// The process around a Node engine: `tsx child.ts ENGINE TOKENIZER_JSON`. Reads requests from stdin, one a line, and answers
// on stdout (see protocol.ts). Clocks are read around the engine's call alone.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { crc32 } from "node:zlib";
import { popCount } from "../../src/automaton/mask.ts";
import type { Engine, TokenizerJson } from "./engine.ts";
import {
  type CompileReply,
  comparedWords,
  type MaskReply,
  type Request,
  type RunReply,
  stopToken,
} from "./protocol.ts";

async function createEngine(name: string, tokenizer: TokenizerJson): Promise<Engine> {
  if (name === "web-xgrammar") return (await import("./web-xgrammar.ts")).createWebXgrammar(tokenizer);
  if (name === "grammask") return (await import("./grammask.ts")).createGrammask(tokenizer);
  throw new Error(`No engine ${name}`);
}

async function compile(engine: Engine, request: Request & { op: "compile" }): Promise<CompileReply> {
  const before = performance.now();
  try {
    await engine.compile(request.case, request.options);
  } catch (problem) {
    return { ms: performance.now() - before, error: messageOf(problem) };
  }
  return { ms: performance.now() - before };
}

async function run(engine: Engine, ids: readonly number[], budgetMs: number): Promise<RunReply> {
  const maskUs: number[] = [];
  const acceptUs: number[] = [];
  const counts: number[] = [];
  const hashes: number[] = [];
  let accepted = 0;
  let accepting = false;
  let truncated = false;
  let error: string | undefined;
  let spent = 0;
  const matcher = await engine.start();
  try {
    for (let step = 0; step <= ids.length; step++) {
      let before = performance.now();
      const answer = matcher.mask();
      const words = answer instanceof Uint32Array ? answer : await answer;
      let took = performance.now() - before;
      spent += took;
      maskUs.push(took * 1000);
      const compared = words.subarray(0, comparedWords);
      counts.push(popCount(compared));
      hashes.push(crc32(new Uint8Array(compared.buffer, compared.byteOffset, compared.byteLength)));
      accepting = ((words[stopToken >> 5]! >>> (stopToken & 31)) & 1) === 1;
      if (step === ids.length) break;
      if (spent > budgetMs) {
        truncated = true;
        break;
      }
      before = performance.now();
      const wentOn = matcher.accept(ids[step]!);
      took = performance.now() - before;
      spent += took;
      if (!wentOn) break;
      acceptUs.push(took * 1000);
      accepted++;
    }
  } catch (problem) {
    error = messageOf(problem);
  }
  const sizes = matcher.sizes?.();
  matcher.dispose?.();
  return {
    accepted,
    accepting,
    truncated,
    maskUs,
    acceptUs,
    counts,
    hashes,
    ...(error === undefined ? {} : { error }),
    ...(sizes === undefined ? {} : { sizes }),
  };
}

async function mask(engine: Engine, ids: readonly number[]): Promise<MaskReply> {
  const matcher = await engine.start();
  for (const id of ids) {
    await matcher.mask();
    matcher.accept(id);
  }
  const words = await matcher.mask();
  const reply = Buffer.from(words.buffer, words.byteOffset, words.byteLength).toString("base64");
  matcher.dispose?.();
  return { words: reply };
}

function messageOf(problem: unknown): string {
  return (problem instanceof Error ? problem.message : String(problem)).slice(0, 300);
}

const engine = await createEngine(process.argv[2]!, JSON.parse(readFileSync(process.argv[3]!, "utf8")));
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const request: Request = JSON.parse(line);
  const reply =
    request.op === "compile"
      ? await compile(engine, request)
      : request.op === "run"
        ? await run(engine, request.ids, request.budgetMs)
        : await mask(engine, request.ids);
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
