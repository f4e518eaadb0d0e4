// npm start: the main job, end to end. Three shipped constraints over Llama 3's real vocabulary; a stand-in for a model (seeded
// pseudo-random logits that like to end); at every step the mask is applied to the logits on the CPU and, where an adapter can be
// had, by the WebGPU kernel, and both must agree bit for bit. The texts are judged by RegExp, JSON.parse and ajv.
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import pc from "picocolors";
import { applyMask, MaskKernel } from "../src/gpu/index.ts";
import { Compiler, type ConstraintSpec, type Vocabulary } from "../src/index.ts";
import { acquireTestDevice } from "../test/gpu-device.ts";
import { llama3 } from "../test/vocabularies.ts";

interface Example {
  readonly title: string;
  readonly spec: ConstraintSpec;
  readonly judge: (text: string) => boolean;
}

const shipped = (name: string): string => readFileSync(new URL(`../grammars/${name}`, import.meta.url), "utf8");
const pattern = shipped("email.regex").trimEnd();
const schema: unknown = JSON.parse(shipped("person.schema.json"));
const ajv = new Ajv2020({ strict: false });
(addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
// ajv-formats wants a dot in an address's domain; RFC 5321 and we don't.
ajv.addFormat("email", /^[^@\s]+@[^@\s]+$/);
const validate = ajv.compile(schema as object);

const examples: readonly Example[] = [
  {
    title: "regex (grammars/email.regex)",
    spec: { type: "regex", pattern },
    judge: (text) => new RegExp(`^(?:${pattern})$`, "u").test(text),
  },
  {
    title: "EBNF (grammars/json.gbnf)",
    spec: { type: "ebnf", grammar: shipped("json.gbnf") },
    judge: (text) => parses(text),
  },
  {
    title: "JSON Schema (grammars/person.schema.json)",
    spec: { type: "json_schema", schema, whitespace: "compact" },
    judge: (text) => parses(text) && (validate(JSON.parse(text)) || fail(ajv.errorsText(validate.errors))),
  },
];

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const maxSteps = 400;
let shapes: Shape[] | undefined;
const vocabulary = llama3();
const gpu = await openGpu(vocabulary.size);
const compiler = new Compiler(vocabulary);
let failures = 0;
for (const [i, example] of examples.entries()) {
  if (!(await decode(example, i + 1))) failures++;
}
gpu?.dispose();
console.log(failures === 0 ? pc.green("all three texts are valid") : pc.red(`${failures} of 3 failed`));
process.exit(failures === 0 ? 0 : 1);

async function decode({ title, spec, judge }: Example, seed: number): Promise<boolean> {
  console.log(pc.bold(title));
  const before = performance.now();
  const matcher = compiler.compile(spec).matcher();
  const compileTime = performance.now() - before;
  const mask = new Uint32Array((vocabulary.size + 31) >> 5);
  const times: number[] = [];
  const bytes: number[] = [];
  let agree = 0;
  let steps = 0;
  let sinceSign = 0;
  for (; steps < maxSteps && !matcher.isTerminated; steps++) {
    const start = performance.now();
    matcher.fillMask(mask);
    times.push((performance.now() - start) * 1000);
    const raw = standInLogits(vocabulary, seed, steps, sinceSign++);
    const logits = raw.slice();
    applyMask(logits, mask, { rows: 1, vocabularySize: vocabulary.size });
    if (gpu !== undefined && (await gpu.agrees(raw, mask, logits))) agree++;
    const token = argmax(logits);
    const allowed = logits.reduce((count, logit) => count + (logit > Number.NEGATIVE_INFINITY ? 1 : 0), 0);
    if (!matcher.accept(token)) return fail(`token ${token} was allowed by the mask, but not accepted`);
    if (shapes![token] !== "other") sinceSign = 0;
    bytes.push(...(vocabulary.tokenBytes(token) ?? []));
    const text = JSON.stringify(new TextDecoder().decode(Uint8Array.from(bytes)));
    console.log(
      pc.dim(`  ${String(allowed).padStart(6)} allowed ${times.at(-1)!.toFixed(0).padStart(7)} µs  `) + text.slice(-90),
    );
  }
  const text = new TextDecoder().decode(Uint8Array.from(bytes));
  times.sort((a, b) => a - b);
  const ok = matcher.isTerminated && judge(text) && (gpu === undefined || agree === steps);
  console.log(`  text: ${text}`);
  console.log(
    `  ${steps} steps, compiled in ${compileTime.toFixed(1)} ms, mask median ${times[times.length >> 1]!.toFixed(1)} µs, max ${times.at(-1)!.toFixed(0)} µs`,
  );
  console.log(`  CPU and GPU: ${gpu === undefined ? "no GPU here" : `${agree} of ${steps} steps equal bit for bit`}`);
  console.log(`  ended: ${matcher.isTerminated}, judged valid: ${judge(text)}\n`);
  return ok;
}

function fail(message: string): false {
  console.log(pc.red(`  ${message}`));
  return false;
}

/**
 * Pseudo-random logits by seed, step and token, in [0, 8), shaped so that texts are readable and end: no escapes, an opening brace first, signs
 * likelier with each step since the last one, closing ones with each step at all, and a liking for stopping.
 */
function standInLogits(of: Vocabulary, seed: number, step: number, sinceSign: number): Float32Array {
  const logits = new Float32Array(of.size);
  for (let id = 0; id < of.size; id++) {
    let hash = Math.imul(id ^ Math.imul(seed, 0x9e3779b1) ^ Math.imul(step, 0x85ebca6b), 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    logits[id] = ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 29;
  }
  shapes ??= Array.from({ length: of.size }, (_, id) => shapeOf(of.tokenBytes(id)));
  for (let id = 0; id < of.size; id++) {
    const shape = shapes[id]!;
    if (shape === "unwanted") logits[id]! -= 40;
    else if (shape === "opening" && step === 0) logits[id]! += 20;
    else if (shape === "sign") logits[id]! += sinceSign > 1 ? 2 * sinceSign + 1 : -2;
    else if (shape === "closing") logits[id]! += sinceSign > 1 ? 2 * sinceSign + Math.min(step / 16, 3) : -8;
  }
  for (const id of of.eosTokenIds) logits[id]! += 60;
  return logits;
}

type Shape = "unwanted" | "opening" | "sign" | "closing" | "other";

function shapeOf(bytes: Uint8Array | null): Shape {
  const text = bytes === null ? "" : new TextDecoder().decode(bytes);
  if (/[\\\n\t\uFFFD]/.test(text) && !/[a-z]{2}/.test(text)) return "unwanted";
  if (text.includes("\\") || /^\s+$/.test(text)) return "unwanted";
  // Doubles, which ajv judges by, have few digits: short numbers only.
  if (/\d\d/.test(text)) return "unwanted";
  if (text === "{") return "opening";
  if (/^["}\]]+$/.test(text)) return "closing";
  return /^([,:@.]+|[eE]-?)$/.test(text) ? "sign" : "other";
}

function argmax(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  return best;
}

async function openGpu(size: number) {
  const found = await acquireTestDevice();
  if ("reason" in found) {
    console.log(`GPU: none, CPU only (${found.reason})`);
    return undefined;
  }
  const { device, adapterInfo } = found;
  console.log(`GPU: ${adapterInfo.description || adapterInfo.device} (${adapterInfo.driver})`);
  const kernel = await MaskKernel.create(device);
  // GPUBufferUsage and GPUMapMode aren't globals in Node: STORAGE | COPY_SRC | COPY_DST, and COPY_DST | MAP_READ.
  const words = (size + 31) >> 5;
  const logits = device.createBuffer({ size: size * 4, usage: 0x80 | 0x4 | 0x8 });
  const masks = device.createBuffer({ size: words * 4, usage: 0x80 | 0x8 });
  const readback = device.createBuffer({ size: size * 4, usage: 0x8 | 0x1 });
  return {
    async agrees(raw: Float32Array, mask: Uint32Array, expected: Float32Array): Promise<boolean> {
      device.queue.writeBuffer(logits, 0, raw.buffer as ArrayBuffer);
      device.queue.writeBuffer(masks, 0, mask.buffer as ArrayBuffer);
      const encoder = device.createCommandEncoder();
      kernel.apply(encoder, { logits, format: "f32", masks, rows: 1, vocabularySize: size });
      encoder.copyBufferToBuffer(logits, 0, readback, 0, size * 4);
      device.queue.submit([encoder.finish()]);
      await readback.mapAsync(1);
      const result = new Uint32Array(readback.getMappedRange());
      const bits = new Uint32Array(expected.buffer);
      const equal = bits.every((word, i) => word === result[i]);
      readback.unmap();
      return equal;
    },
    dispose: () => found.dispose(),
  };
}
