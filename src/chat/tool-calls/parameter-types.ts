// Which JSON types a function's parameter may have. Where arguments are XML elements, text alone doesn't tell a string from another value.
import { parsedSchema } from "./argument-schema.ts";
import type { ToolFunction } from "./dialect.ts";

export type JsonType = "null" | "boolean" | "integer" | "number" | "string" | "object" | "array";

type Schema = Readonly<Record<string, unknown>>;

const allTypes: ReadonlySet<JsonType> = new Set(["null", "boolean", "integer", "number", "string", "object", "array"]);

/** References and combinations that are followed before all types are taken for possible: schemas may refer to themselves. */
const maxSteps = 200;

export class ParameterTypes {
  private readonly root: unknown;
  private steps = 0;

  constructor(tool: ToolFunction) {
    this.root = parsedSchema(tool.parameters);
  }

  /** At least the types that the parameter's schema allows. */
  of(parameter: string): ReadonlySet<JsonType> {
    this.steps = 0;
    return this.ofProperty(this.root, parameter);
  }

  /** By what the object's schema says of this property. */
  private ofProperty(schema: unknown, name: string): ReadonlySet<JsonType> {
    if (!isSchema(schema) || ++this.steps > maxSteps) return allTypes;
    const { properties, additionalProperties, patternProperties, allOf, $ref } = schema;
    const isDeclared = isSchema(properties) && Object.hasOwn(properties, name);
    const own = isDeclared ? properties[name] : patternProperties === undefined ? additionalProperties : true;
    const parts = [this.ofValue(own), ...listOf(allOf).map((part) => this.ofProperty(part, name))];
    if (typeof $ref === "string") parts.push(this.ofProperty(this.target($ref), name));
    return parts.reduce(common);
  }

  private ofValue(schema: unknown): ReadonlySet<JsonType> {
    if (!isSchema(schema) || ++this.steps > maxSteps) return allTypes;
    const { type, allOf, anyOf, oneOf, $ref } = schema;
    const parts: ReadonlySet<JsonType>[] = [allTypes];
    if (type !== undefined) parts.push(named(type));
    if ("const" in schema) parts.push(typesOf(schema["const"]));
    if (Array.isArray(schema["enum"])) parts.push(union(schema["enum"].map(typesOf)));
    if (typeof $ref === "string") parts.push(this.ofValue(this.target($ref)));
    for (const part of listOf(allOf)) parts.push(this.ofValue(part));
    for (const choices of [anyOf, oneOf]) {
      if (Array.isArray(choices)) parts.push(union(choices.map((choice) => this.ofValue(choice))));
    }
    return parts.reduce(common);
  }

  /** What a reference within the schema points to; undefined for any other. */
  private target(reference: string): unknown {
    if (reference !== "#" && !reference.startsWith("#/")) return undefined;
    let target: unknown = this.root;
    for (const segment of reference.split("/").slice(1)) {
      const key = decoded(segment).replaceAll("~1", "/").replaceAll("~0", "~");
      if (typeof target !== "object" || target === null || !Object.hasOwn(target, key)) return undefined;
      target = (target as Schema)[key];
    }
    return target;
  }
}

/** All types that a value has: an integer is a number too. */
export function typesOf(value: unknown): ReadonlySet<JsonType> {
  if (value === null) return new Set(["null"]);
  if (Array.isArray(value)) return new Set(["array"]);
  if (typeof value === "number") return new Set(Number.isInteger(value) ? ["integer", "number"] : ["number"]);
  return new Set([typeof value as "boolean" | "string" | "object"]);
}

function named(type: unknown): ReadonlySet<JsonType> {
  const names = (Array.isArray(type) ? type : [type]) as JsonType[];
  return new Set(names.includes("number") ? [...names, "integer"] : names);
}

function union(sets: readonly ReadonlySet<JsonType>[]): ReadonlySet<JsonType> {
  return new Set(sets.flatMap((set) => [...set]));
}

function common(a: ReadonlySet<JsonType>, b: ReadonlySet<JsonType>): ReadonlySet<JsonType> {
  return new Set([...a].filter((type) => b.has(type)));
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A pointer in a URI's fragment may be percent-encoded. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
