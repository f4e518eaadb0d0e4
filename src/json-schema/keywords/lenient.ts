// The lenient mode: lower, and where something can't be done exactly leave out the smallest keyword that is to blame, until the rest
// can. The result is never narrower than the schema. Proof: afterwards no dropped keyword is used through `not`, `if`, `oneOf` or
// maxContains, so what those see is unchanged, and all other keywords allow more where their subschemas do; and where a keyword that
// evaluates is dropped, every unevaluated* that looks at it is dropped, too.
import { ConstraintError } from "../../base/errors.ts";
import type { SchemaGraph, SchemaNode } from "../reading/schema-graph.ts";
import { type Drop, type DroppedKeyword, type DroppedKeywords, pointerOfDrop } from "./dropped-keywords.ts";
import { SubschemaUses } from "./subschema-uses.ts";

/** The result, or why there is none; `nodes`: where the error is one of a whole place, the subschemas that meet there. */
export type Attempt<T> = { readonly result: T } | { readonly error: unknown; readonly nodes: readonly SchemaNode[] };

/** How often one schema is lowered. */
const maxAttempts = 100;

/** The keywords that are dropped with another one, because they would get a wider reach without it. */
const companions: Readonly<Record<string, readonly string[]>> = {
  properties: ["additionalProperties"],
  patternProperties: ["additionalProperties"],
  prefixItems: ["items", "additionalItems"],
};

const evaluateProperties = ["properties", "patternProperties", "additionalProperties", "unevaluatedProperties"];
const evaluateItems = ["prefixItems", "items", "additionalItems", "contains", "unevaluatedItems"];
const evaluateBoth = [
  ...["$ref", "$recursiveRef", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "then", "else"],
  ...["dependentSchemas", "dependencies"],
];

/** Where a whole place is at fault: in which order its keywords are tried. Those that say most of what is wanted come last. */
const suspects = [
  ...["uniqueItems", "not", "contains", "oneOf", "propertyNames", "maxProperties", "patternProperties"],
  ...["minProperties", "dependencies", "dependentSchemas", "dependentRequired", "if", "additionalProperties"],
  ...["unevaluatedProperties", "unevaluatedItems", "multipleOf", "pattern", "format", "minLength", "maxLength"],
  ...["minItems", "maxItems", "maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum", "enum", "const"],
  ...["anyOf", "allOf", "required", "prefixItems", "items", "properties", "$ref", "type"],
];

/**
 * Runs `attempt` until it has a result, each time with more in `graph.dropped`. Throws what `attempt` throws where dropping doesn't help:
 * a schema that is malformed or unsatisfiable, a budget without a place; "limit" after too many attempts.
 */
export function lowerLeniently<T>(
  graph: SchemaGraph,
  attempt: () => Attempt<T>,
): { result: T; dropped: readonly DroppedKeyword[] } {
  return new Search(graph, attempt).run();
}

class Search<T> {
  private readonly graph: SchemaGraph;
  private readonly dropped: DroppedKeywords;
  private readonly lower: () => Attempt<T>;
  private readonly causes = new Map<Drop, ConstraintError>();
  private uses: SubschemaUses;
  private attempts = 0;

  constructor(graph: SchemaGraph, lower: () => Attempt<T>) {
    this.graph = graph;
    this.dropped = graph.dropped;
    this.lower = lower;
    this.uses = new SubschemaUses(graph);
  }

  run(): { result: T; dropped: readonly DroppedKeyword[] } {
    let last = this.attempt();
    while (!("result" in last)) {
      const { error } = last;
      if (!(error instanceof ConstraintError) || (error.code !== "unsupported" && error.code !== "limit")) throw error;
      last = last.nodes.length > 0 ? this.tryEach(error, last.nodes) : this.dropKeyword(error);
    }
    return { result: last.result, dropped: this.report() };
  }

  private attempt(cause?: ConstraintError): Attempt<T> {
    if (++this.attempts > maxAttempts) {
      const message = `The schema can't be made supported by leaving out one keyword after another, ${maxAttempts} times`;
      throw new ConstraintError("limit", message, cause?.location);
    }
    return this.lower();
  }

  /** The error is that of one keyword. */
  private dropKeyword(error: ConstraintError): Attempt<T> {
    const place = this.keywordAt(error);
    if (place === undefined || !this.drop(place.node, place.keyword, error)) throw error;
    return this.attempt(error);
  }

  /** The keyword that an error's pointer is at, or in. */
  private keywordAt({ location }: ConstraintError): { node: SchemaNode; keyword: string } | undefined {
    const segments = location !== undefined && "pointer" in location ? location.pointer.split("/") : [];
    for (let length = segments.length - 1; length > 0; length--) {
      const node = this.uses.at(segments.slice(0, length).join("/"));
      const keyword = segments[length]!.replaceAll("~1", "/").replaceAll("~0", "~");
      if (node?.json.kind === "object" && node.json.entries.has(keyword)) return { node, keyword };
    }
    return undefined;
  }

  /** The error is one of several keywords together: the first one without which it is gone. */
  private tryEach(error: ConstraintError, nodes: readonly SchemaNode[]): Attempt<T> {
    const keywords = nodes.flatMap(({ pointer }) => this.keywordsOf(this.uses.at(pointer), 0));
    keywords.sort((a, b) => suspects.indexOf(a.keyword) - suspects.indexOf(b.keyword));
    const { length } = this.dropped.drops;
    for (const { node, keyword } of keywords) {
      if (!this.drop(node, keyword, error)) continue;
      const next = this.attempt(error);
      if ("result" in next || !isSame(next.error, error)) return next;
      this.dropped.truncate(length);
      this.uses = new SubschemaUses(this.graph);
    }
    for (const { node, keyword } of keywords) this.drop(node, keyword, error);
    if (this.dropped.drops.length === length) throw error;
    return this.attempt(error);
  }

  /** The keywords of `node` and of what it applies in the same place, the inner ones first. */
  private keywordsOf(node: SchemaNode | undefined, depth: number): { node: SchemaNode; keyword: string }[] {
    if (node === undefined || depth > maxAttempts) return [];
    if (!this.uses.isSafe(node)) {
      const use = this.uses.turningPoint(node);
      return use === undefined ? [] : [{ node: use.from, keyword: use.turning! }];
    }
    return suspects.flatMap((keyword) => {
      if (this.uses.get(node, keyword) === undefined) return [];
      const inner = this.uses.parts(node, keyword).flatMap((part) => this.keywordsOf(part, depth + 1));
      return [...inner, { node, keyword }];
    });
  }

  /** Drops the keyword, or what uses it in a direction that widening would narrow. False where nothing new is dropped. */
  private drop(node: SchemaNode, keyword: string, cause: ConstraintError): boolean {
    const { length } = this.dropped.drops;
    if (this.uses.isSafe(node)) this.add(node, keyword, cause);
    else this.turn(node, cause);
    const isNew = this.dropped.drops.length > length;
    for (;;) {
      this.uses = new SubschemaUses(this.graph);
      const unsafe = this.dropped.drops.find((each) => !this.uses.isSafe(each.node));
      if (unsafe === undefined) return isNew;
      if (!this.turn(unsafe.node, cause)) throw cause;
    }
  }

  private turn(node: SchemaNode, cause: ConstraintError): boolean {
    const use = this.uses.turningPoint(node);
    return use !== undefined && this.add(use.from, use.turning!, cause);
  }

  private add(node: SchemaNode, keyword: string, cause: ConstraintError): boolean {
    const isWeakened = keyword === "oneOf" && !this.dropped.isAnyOf(node.json);
    if (!this.addOne(node, keyword, cause)) return false;
    for (const other of companions[keyword] ?? []) this.addOne(node, other, cause);
    if (isWeakened) return true;
    const losing = [keyword, ...(companions[keyword] ?? [])];
    const loses = (keywords: readonly string[]) =>
      losing.some((each) => keywords.includes(each) || evaluateBoth.includes(each));
    for (const each of this.uses.around(node)) {
      if (loses(evaluateProperties)) this.addOne(each, "unevaluatedProperties", cause);
      if (loses(evaluateItems)) this.addOne(each, "unevaluatedItems", cause);
    }
    return true;
  }

  private addOne(node: SchemaNode, keyword: string, cause: ConstraintError): boolean {
    if (this.uses.get(node, keyword) === undefined || !this.dropped.add(node, keyword)) return false;
    this.causes.set(this.dropped.drops[this.dropped.drops.length - 1]!, cause);
    return true;
  }

  private report(): DroppedKeyword[] {
    const byPointer = new Map<string, DroppedKeyword>();
    for (const drop of this.dropped.drops) {
      // Others were in something that was dropped later.
      if (!this.uses.isUsed(drop.node)) continue;
      const { code, message } = this.causes.get(drop)!;
      const pointer = pointerOfDrop(drop);
      const { keyword } = drop;
      byPointer.set(pointer, {
        pointer,
        keyword,
        code,
        message: drop.isWeakened ? `${message} (oneOf is read as anyOf)` : message,
      });
    }
    return [...byPointer.values()];
  }
}

function isSame(error: unknown, other: ConstraintError): boolean {
  if (!(error instanceof ConstraintError) || error.code !== other.code || error.message !== other.message) return false;
  return JSON.stringify(error.location) === JSON.stringify(other.location);
}
