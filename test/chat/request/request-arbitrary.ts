// Random requests, made from request.schema.json: each form of each field. `settle` then makes fields go together.
import fc from "fast-check";
import schema from "../../../src/chat/request/request.schema.json" with { type: "json" };

type Schema = {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly not?: { readonly const: unknown };
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Properties;
  readonly required?: readonly string[];
  readonly propertyNames?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly if?: Schema;
  readonly then?: Schema;
  readonly else?: Schema;
  readonly allOf?: readonly Schema[];
  readonly $ref?: string;
};
// biome-ignore lint/suspicious/noExplicitAny: JSON of any form
type Loose = any;
type Properties = { readonly [name: string]: Schema | true };

const definitions: { readonly [name: string]: Schema } = schema.$defs as Loose;

/** A request that follows the schema and the rules. */
export function arbitraryRequest(): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(schema.properties).map(([name, field]) => [name, arbitraryValue(field as Schema)]);
  const options = { requiredKeys: ["messages", "model"] as never[] };
  return fc.record(Object.fromEntries(fields), options).map((request) => settle(structuredClone(request)));
}

function resolve(part: Schema): Schema {
  return part.$ref === undefined ? part : resolve(definitions[part.$ref.slice("#/$defs/".length)]!);
}

function arbitraryValue(reference: Schema | true): fc.Arbitrary<unknown> {
  if (reference === true) return fc.jsonValue();
  const part = resolve(reference);
  if (part.const !== undefined) return fc.constant(part.const);
  if (part.enum !== undefined) return fc.constantFrom(...part.enum);
  return fc.oneof(...[part.type ?? "object"].flat().map((type) => arbitraryOfType(type, part)));
}

function arbitraryOfType(type: string, part: Schema): fc.Arbitrary<unknown> {
  switch (type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer": {
      const min = Math.max(part.minimum ?? 0, -(2 ** 31));
      const max = Math.min(part.maximum ?? 2 ** 31 - 1, 2 ** 31 - 1);
      return fc.integer({ min, max }).filter((n) => n !== part.not?.const);
    }
    case "number": {
      const min = part.minimum ?? part.exclusiveMinimum!;
      return fc.double({ min, max: part.maximum!, minExcluded: part.minimum === undefined, noNaN: true });
    }
    case "string": {
      const values = part.else?.enum?.filter((value) => value !== null);
      if (values !== undefined) return fc.constantFrom(...values);
      if (part.pattern !== undefined) return fc.stringMatching(new RegExp(part.pattern));
      return fc.string({ minLength: part.minLength ?? 0, maxLength: Math.min(part.maxLength ?? 20, 20) });
    }
    case "array":
      return fc.array(arbitraryValue(part.items ?? true), {
        minLength: part.minItems ?? 0,
        maxLength: Math.min(part.maxItems ?? 4, 4),
      });
    default:
      return arbitraryObject(part);
  }
}

function arbitraryObject(part: Schema): fc.Arbitrary<unknown> {
  if (typeof part.additionalProperties === "object") {
    const key = part.propertyNames?.pattern === undefined ? fc.string({ maxLength: 20 }) : fc.nat().map(String);
    return fc.dictionary(key, arbitraryValue(part.additionalProperties), { maxKeys: 5 });
  }
  const forms = formsOf(part);
  return fc.oneof(
    ...forms.map(({ properties, required }) => {
      const entries = Object.entries(properties).map(([name, property]) => [name, arbitraryValue(property)]);
      return fc.record(Object.fromEntries(entries), { requiredKeys: required as never[] });
    }),
  );
}

interface Form {
  readonly properties: Properties;
  readonly required: readonly string[];
}

/** The objects that a schema with conditions allows, one for each way that its conditions can go. */
function formsOf(reference: Schema): Form[] {
  const part = resolve(reference);
  const conditions = [part, ...(part.allOf ?? [])].filter((each) => each.if !== undefined);
  let forms: Form[] = [{ properties: part.properties ?? {}, required: part.required ?? [] }];
  const [tag] = conditions.flatMap((each) => Object.keys(each.if?.properties ?? {}));
  if (tag !== undefined) {
    forms = valuesOf(part.properties![tag] as Schema).map((value) => ({
      properties: { ...part.properties, [tag]: { const: value } },
      required: [...(part.required ?? []), tag],
    }));
  }
  for (const condition of conditions) forms = forms.flatMap((form) => branches(form, condition, tag));
  return forms;
}

function branches(form: Form, condition: Schema, tag: string | undefined): Form[] {
  const { if: asked, then, else: otherwise } = condition;
  if (asked?.properties !== undefined) {
    const [value] = valuesOf(form.properties[tag!] as Schema);
    return valuesOf(asked.properties[tag!] as Schema).includes(value) ? merge(form, then!) : [form];
  }
  if (asked?.type === "object" || otherwise === undefined) return merge(form, then!);
  return [...merge(form, then!, asked?.required), ...merge(form, otherwise)];
}

function merge(form: Form, part: Schema, required: readonly string[] = []): Form[] {
  return formsOf(part).map((each) => ({
    // What says nothing (`type: true`) mustn't hide what is said already.
    properties: { ...each.properties, ...form.properties },
    required: [...form.required, ...each.required, ...required],
  }));
}

function valuesOf(part: Schema): readonly unknown[] {
  return part.enum ?? [part.const];
}

/** Fields that don't go together are taken out, and names are made to exist. */
function settle(request: Loose): Record<string, unknown> {
  (request.tools ?? []).forEach((tool: Loose, i: number) => Object.assign(tool[tool.type], { name: `f${i}` }));
  for (const { custom } of request.tools ?? []) {
    const grammar = custom?.format?.grammar;
    if (grammar !== undefined) grammar.definition = grammar.definition.replace(/\W/g, "");
  }
  (request.functions ?? []).forEach((each: Loose, i: number) => Object.assign(each, { name: `f${i}` }));
  if (request.functions ?? request.function_call) {
    for (const field of ["tools", "tool_choice"]) delete request[field];
  }
  if (!request.tools && request.tool_choice !== "none") delete request.tool_choice;
  if (!request.functions && request.function_call !== "none") delete request.function_call;
  const choice = request.tool_choice;
  for (const reference of [choice, ...(choice?.tools ?? []), ...(choice?.allowed_tools?.tools ?? [])]) {
    if (reference?.type !== "function" && reference?.type !== "custom") continue;
    const tool = request.tools.find(({ type }: Loose) => type === reference.type);
    if (tool === undefined) delete request.tool_choice;
    else (reference[reference.type] ?? reference).name = tool[tool.type].name;
  }
  if (request.function_call?.name !== undefined) request.function_call.name = "f0";

  const calls =
    request.function_call?.name !== undefined ||
    [choice, choice?.mode, choice?.allowed_tools?.mode].includes("required") ||
    (choice && choice.type !== "allowed_tools");
  const constraints = ["response_format", "regex", "ebnf"].filter((field) => (request[field] ?? null) !== null);
  for (const field of calls ? constraints : constraints.slice(1)) delete request[field];

  if (request.max_completion_tokens ?? null) delete request.max_tokens;
  const max = request.max_completion_tokens ?? request.max_tokens;
  if (typeof max === "number" && request.min_tokens > max) request.min_tokens = max;
  if (request.logprobs !== true) delete request.top_logprobs;
  if (request.stream !== true) delete request.stream_options;
  if ((request.sampling_seed ?? null) !== null) delete request.seed;
  for (const message of request.messages) if (message.role === "assistant") message.content ??= "";
  const last = request.messages.at(-1);
  const isText = typeof last.content === "string" && !last.tool_calls?.length && !last.function_call;
  if (last.role !== "assistant" || !isText) delete request.continue_final_message;
  if (request.continue_final_message === true) delete last.reasoning_content;
  return request;
}
