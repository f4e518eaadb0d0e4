// The constraint of an answer, and, where it doesn't compile, the field of the request that is to blame: the whole is made of several
// fields, so each is tried by itself.
import { ConstraintError, type PointerLocation } from "../../base/errors.ts";
import type { Compiler } from "../../matcher/compiler.ts";
import type { Constraint } from "../../matcher/constraint.ts";
import type { ConstraintSpec } from "../../matcher/lower-spec.ts";
import type { NormalisedRequest } from "../request/normalised-request.ts";
import { refusal } from "../request/refusal.ts";
import type { Path } from "../request/request-place.ts";
import { toolName } from "../request/tool-choice.ts";
import { answerSpec } from "./answer-format.ts";

/** Throws a RequestError with the compiler's code, and all fields that are to blame. */
export function compileAnswer(spec: ConstraintSpec, request: NormalisedRequest, compiler: Compiler): Constraint {
  try {
    return compiler.compile(spec);
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    const breaches: Breach[] = [];
    let { code } = error;
    for (const [path, part] of parts(request)) {
      try {
        compiler.compile(part);
      } catch (cause) {
        if (!(cause instanceof ConstraintError)) throw cause;
        if (breaches.length === 0) ({ code } = cause);
        breaches.push(...breachesAt(path, cause));
      }
    }
    const whole = request.tools.mode === "none" ? [] : toolsPath(request);
    throw refusal(request, code, breaches.length > 0 ? breaches : breachesAt(whole, error));
  }
}

/** The field that binds the answer; the request as a whole where several do. */
export function bindingField(request: NormalisedRequest): Path {
  const { format, tools } = request;
  if (tools.mode === "none") return format.type === "text" ? [] : formatPath(format.type);
  return format.type === "text" ? toolsPath(request) : [];
}

type Breach = readonly [path: Path, rule: string];

/** What an error in the constraint at `path` means for the request. */
function breachesAt(path: Path, error: ConstraintError): Breach[] {
  if (error.violations.length > 0) return error.violations.map(({ location, rule }) => [within(path, location), rule]);
  const { message, location } = error;
  if (location === undefined) return [[path, message]];
  if ("pointer" in location) return [[within(path, location), message]];
  return [[path, `${message} (line ${location.line}, column ${location.column})\n${location.excerpt}`]];
}

/** A place in a schema, as one of the request; in a format that was made for it, the field as a whole. */
function within(path: Path, { pointer }: PointerLocation): Path {
  if (path.at(-1) !== "schema" && path.at(-1) !== "parameters") return path;
  const segments = pointer.split("/").slice(1);
  return [...path, ...segments.map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"))];
}

/** The fields that bind the answer, each as a constraint of its own. */
function* parts({ request, format, tools }: NormalisedRequest): Generator<[path: Path, spec: ConstraintSpec]> {
  const spec = answerSpec(format);
  if (spec !== undefined) yield [formatPath(format.type), spec];
  for (const { name, parameters, strict } of tools.allowed) {
    if (parameters === undefined) continue;
    const inTools = request.tools?.findIndex((tool) => toolName(tool) === name) ?? -1;
    const tool = request.tools?.[inTools];
    if (tool?.type === "custom") {
      const { format } = tool.custom;
      if (format?.type !== "grammar") continue;
      const { definition } = format.grammar;
      const path = ["tools", inTools, "custom", "format", "grammar", "definition"];
      yield [path, { type: "regex", pattern: definition }];
      continue;
    }
    const path =
      inTools >= 0
        ? ["tools", inTools, "function"]
        : ["functions", request.functions!.findIndex((each) => each.name === name)];
    yield [[...path, "parameters"], { type: "json_schema", schema: parameters, strict: strict ?? false }];
  }
}

function toolsPath({ request }: NormalisedRequest): Path {
  return [request.tools ? "tools" : "functions"];
}

function formatPath(type: NormalisedRequest["format"]["type"]): Path {
  if (type === "regex" || type === "ebnf") return [type];
  return type === "json_schema" ? ["response_format", "json_schema", "schema"] : ["response_format"];
}
