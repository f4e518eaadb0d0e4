// From a request's body to the normalised request:
//   1. the JSON text to a tree that keeps what JSON.parse loses (numbers of 64 bits, the order of a schema's keys; equal keys are an error);
//   2. fields by themselves against request.schema.json, and how they go together by check-rules.ts: all that is wrong is told at once;
//   3. one spelling for each thing, with its defaults: normalise-request.ts.
import { ConstraintError } from "../../base/errors.ts";
import { defaultLimits, type Limits } from "../../base/limits.ts";
import {
  type JsonNode,
  type JsonObject,
  jsonOfValue,
  parseJsonText,
  valueOfJson,
} from "../../json-schema/reading/json-text.ts";
import { checkRules } from "./check-rules.ts";
import { findIllFormedTexts } from "./ill-formed-texts.ts";
import { normaliseRequest } from "./normalise-request.ts";
import type { NormalisedRequest } from "./normalised-request.ts";
import type { ChatCompletionRequest } from "./request.ts";
import { RequestError } from "./request-error.ts";
import { RequestSchema } from "./request-schema.ts";

export interface RequestReaderOptions {
  /**
   * A field that is neither of the 47 nor OpenAI's is an error ("refuse", the default, as OpenAI's API does: a misspelt field
   * shouldn't be lost), or goes to the engine by its name ("pass"). Fields of messages always go to the chat template.
   */
  readonly unknownFields?: "refuse" | "pass";
  /** Characters of a body's text; 8 million unless given. Images in data URLs may need more. */
  readonly maxBodyLength?: number;
  /** Values in a body, those in others included; half a million unless given. */
  readonly maxBodyValues?: number;
  /** How deep values may nest, an even number; 800 unless given. */
  readonly maxBodyDepth?: number;
}

/** Reads requests; keep one, since it holds the compiled schema. */
export class RequestReader {
  readonly #schema: RequestSchema;
  readonly #limits: Limits;
  readonly #maxValues: number;

  constructor(options: RequestReaderOptions = {}) {
    const {
      unknownFields = "refuse",
      maxBodyLength = 8_000_000,
      maxBodyValues = 500_000,
      maxBodyDepth = 800,
    } = options;
    this.#schema = new RequestSchema(unknownFields === "pass");
    // A schema's subschemas take two levels of JSON each: `Limits` counts those.
    this.#limits = { ...defaultLimits, maxSourceLength: maxBodyLength, maxDepth: Math.ceil(maxBodyDepth / 2) - 1 };
    this.#maxValues = maxBodyValues;
  }

  /**
   * `body`: JSON text, or what `JSON.parse` makes of it. Give the text where you can: a parsed body has lost the order of
   * integer-like keys, and integers beyond 2⁵³ (which are refused where they matter, unless they are bigints).
   * Throws a RequestError and nothing else. Cost: linear, and 0.2 s once for the schema.
   */
  read(body: unknown): NormalisedRequest {
    const tree = this.#parse(body);
    const value = valueOfJson(tree);
    const violations = [...findIllFormedTexts(tree), ...this.#schema.check(tree, value)];
    const broken = new Set(violations.map(({ location }) => location.pointer.split("/")[1] ?? ""));
    // Not even an object: there are no fields to go together.
    if (tree.kind !== "object") throw RequestError.of(violations);
    const request = withExactSeeds(value as ChatCompletionRequest, tree, body);
    violations.push(...checkRules(tree, request, broken));
    if (violations.length > 0) throw RequestError.of(violations);
    return normaliseRequest(tree, request);
  }

  #parse(body: unknown): JsonNode {
    try {
      if (typeof body === "string") return parseJsonText(body, this.#limits, this.#maxValues);
      return jsonOfValue(body, this.#limits, this.#maxValues);
    } catch (error) {
      if (!(error instanceof ConstraintError)) throw error;
      throw new RequestError(error.code, `The request can't be read: ${error.message}`, error.location);
    }
  }
}

/** Seeds that a double can't hold become bigints; one that was rounded before it came here stays what it is. */
function withExactSeeds(request: ChatCompletionRequest, tree: JsonObject, body: unknown): ChatCompletionRequest {
  const exact: { seed?: bigint; sampling_seed?: bigint } = {};
  for (const field of ["seed", "sampling_seed"] as const) {
    const wasNumber = typeof body !== "string" && isNumber(body, field);
    const node = tree.entries.get(field);
    if (wasNumber || node?.kind !== "number" || Number.isSafeInteger(request[field])) continue;
    // No more digits than 64 bits have: longer ones are refused already.
    if (/^-?[0-9]{1,20}$/.test(node.text)) exact[field] = BigInt(node.text);
  }
  return { ...request, ...exact };
}

function isNumber(body: unknown, field: "seed" | "sampling_seed"): boolean {
  try {
    return typeof (body as ChatCompletionRequest)[field] === "number";
  } catch {
    // A getter that gave a value before: what it gave then is checked.
    return false;
  }
}
