// A request against request.schema.json. Ajv says what is wrong, and this file says it to people: one sentence for each thing, with the
// place, what stands there and what may. The schema has no oneOf and anyOf: where forms differ, `if` asks for the property that tells them
// apart, so that every error is about the form that was meant.
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { type JsonNode, valueOfJson } from "../../json-schema/reading/json-text.ts";
import { describeSchema, type RequestSubschema } from "./describe-schema.ts";
import schema from "./request.schema.json" with { type: "json" };
import type { RequestViolation } from "./request-error.ts";
import { nodeAt, type Path, paramOf, violationAt } from "./request-place.ts";

/** How many items of a list are looked through for errors: Ajv's collecting of all of them takes quadratic time. */
const maxListed = 100;

/**
 * Holds the compiled schema. Cost: 0.1 s for the first request, and as much again for the first that is wrong. Ajv compiles by
 * `new Function`: a page whose content security policy forbids that can't use it.
 */
export class RequestSchema {
  readonly #isOpen: boolean;
  #findFirst: ValidateFunction | undefined;
  #findAll: ValidateFunction | undefined;

  /** `isOpen`: fields that the schema doesn't know are let through. */
  constructor(isOpen: boolean) {
    this.#isOpen = isOpen;
  }

  /** What is wrong with single fields. `value`: what `JSON.parse` gives for `request`. */
  check(request: JsonNode, value: unknown): RequestViolation[] {
    this.#findFirst ??= this.#compile(false);
    if (this.#findFirst(value)) return [];
    const first = violationsOf(request, this.#findFirst.errors ?? []);
    this.#findAll ??= this.#compile(true);
    this.#findAll(valueOfJson(request, maxListed));
    const all = violationsOf(request, this.#findAll.errors ?? []);
    return all.length > 0 ? all : first;
  }

  #compile(allErrors: boolean): ValidateFunction {
    // A test checks the schema itself: here that would take as long as all else together.
    const options = { meta: false, validateSchema: false, strictTypes: false, strictRequired: false };
    const ajv = new Ajv2020({ ...options, allErrors, verbose: true });
    ajv.addKeyword("x-must-be");
    return ajv.compile({ ...schema, additionalProperties: this.#isOpen });
  }
}

function violationsOf(request: JsonNode, errors: readonly ErrorObject[]): RequestViolation[] {
  const violations = new Map<string, RequestViolation>();
  for (const error of errors) {
    const violation = violationOf(request, error);
    if (violation !== undefined) violations.set(violation.rule, violation);
  }
  return [...violations.values()];
}

/** Undefined for what another error says better. */
function violationOf(request: JsonNode, error: ErrorObject): RequestViolation | undefined {
  const { keyword, params, propertyName } = error;
  const path = pathOf(error.instancePath);
  const within = error.parentSchema as RequestSubschema;
  switch (keyword) {
    case "if":
    case "propertyNames":
      return undefined;
    case "required": {
      const missing = [...path, params["missingProperty"]];
      // It may only have been cut off.
      if (nodeAt(request, missing) !== undefined) return undefined;
      const allowed = describeSchema(resolve(within.properties?.[params["missingProperty"]]));
      return violationAt(request, missing, keyword, (param) => `${param} is missing: it must be ${allowed}`);
    }
    case "additionalProperties": {
      const unknown = [...path, params["additionalProperty"]];
      return violationAt(request, unknown, keyword, (param) =>
        path.length === 0
          ? `${param} isn't a field of a chat-completion request`
          : `${param} isn't known: here may be ${Object.keys(within.properties ?? {}).join(", ")}`,
      );
    }
  }
  const allowed = describeSchema(within);
  if (propertyName !== undefined) {
    const parent = paramOf(request, path);
    return violationAt(
      request,
      [...path, propertyName],
      keyword,
      (param) => `${param} isn't possible: ${parent} must be ${allowed}`,
    );
  }
  return violationAt(request, path, keyword, (param, value) => `${param} must be ${allowed}, not ${value}`);
}

function pathOf(pointer: string): Path {
  return pointer
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function resolve(subschema: RequestSubschema | true | undefined): RequestSubschema {
  if (subschema === undefined || subschema === true) return {};
  if (subschema.$ref === undefined) return subschema;
  const definitions: { readonly [name: string]: object } = schema.$defs;
  return definitions[subschema.$ref.slice("#/$defs/".length)] as RequestSubschema;
}
