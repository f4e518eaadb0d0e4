// A spec as plain data. It is read once, within a budget, and what the front-ends see is a copy: no getter runs after that, no proxy answers, and no
// part is shared or changed. Its JSON text is what equal specs are found by.
import { ConstraintError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { type JsonNode, jsonOfValue, parseJsonText, printJson } from "../json-schema/reading/json-text.ts";
import { relocated } from "../structural-tag/relocate.ts";
import type { ConstraintSpec } from "./lower-spec.ts";

/** Texts that one spec may hold, each as long as a source may be: a schema, and the documents beside it. */
const maxSources = 4;
/** Values in a spec. */
const maxValues = 1_000_000;

export interface ReadSpec {
  /** Equal specs have equal texts. */
  readonly text: string;
  /** A copy of the spec. */
  make(): ConstraintSpec;
}

/** Throws, with the place, "invalid" for what isn't JSON or can't be read, "limit" where it is too long or too deep. Cost: linear in the text. */
export function readSpec(spec: unknown, limits: Limits): ReadSpec {
  const { maxSourceLength, maxDepth } = limits;
  // Formats nest, and in them schemas.
  const ofSpec = { ...limits, maxSourceLength: maxSources * maxSourceLength, maxDepth: 2 * maxDepth };
  const tree = relocated(placeInSpec, () => jsonOfValue(withPlainDocuments(spec), ofSpec, maxValues));
  return { text: printJson(tree), make: () => specOf(tree) };
}

/** The spec that has the text. */
export function specOfText(text: string, limits: Limits): ConstraintSpec {
  return specOf(parseJsonText(text, { ...limits, maxSourceLength: text.length, maxDepth: 2 * limits.maxDepth }));
}

/** A Map has no JSON; what its entries are is part of what a spec says. */
function withPlainDocuments(spec: unknown): unknown {
  if (typeof spec !== "object" || spec === null) return spec;
  try {
    const documents = Object.getOwnPropertyDescriptor(spec, "documents")?.value;
    if (!(documents instanceof Map) || ![...documents.keys()].every((key) => typeof key === "string")) return spec;
    return { ...spec, documents: Object.fromEntries(documents) };
  } catch {
    const message = "The spec can't be read: a getter, a proxy or the Map of its documents throws";
    throw new ConstraintError("invalid", message, { pointer: "" });
  }
}

/** Places in a schema are told from its root on, and those in a document with its URI. */
function placeInSpec(pointer: string): string {
  const [, document, inner] = /^\/documents\/([^/]*)(.*)$/s.exec(pointer) ?? [];
  if (document !== undefined) return `${document.replaceAll("~1", "/").replaceAll("~0", "~")}#${inner}`;
  return pointer.replace(/^(\/json_schema)?\/schema(?=\/|$)/, "");
}

function specOf(tree: JsonNode): ConstraintSpec {
  return exactValue(tree) as ConstraintSpec;
}

/** With bigints for the integers that a double can't tell apart. */
function exactValue(node: JsonNode): unknown {
  switch (node.kind) {
    case "null":
      return null;
    case "number": {
      const number = Number(node.text);
      return Number.isSafeInteger(number) || !/^-?[0-9]+$/.test(node.text) ? number : BigInt(node.text);
    }
    case "boolean":
    case "string":
      return node.value;
    case "array":
      return node.items.map(exactValue);
    case "object":
      // fromEntries defines properties, so that `__proto__` is a key like any other.
      return Object.fromEntries([...node.entries].map(([key, item]) => [key, exactValue(item)]));
  }
}
