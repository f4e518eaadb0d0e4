// The constraint of an answer, and, where it doesn't compile, the field of the request that is to blame: the whole is made of several
// fields, so each is tried by itself.
import { ConstraintError } from "../../base/errors.ts";
import type { Compiler } from "../../matcher/compiler.ts";
import type { Constraint } from "../../matcher/constraint.ts";
import type { ConstraintSpec } from "../../matcher/lower-spec.ts";
import type { NormalisedRequest } from "../request/normalised-request.ts";
import { refusal } from "../request/refusal.ts";
import type { Path } from "../request/request-place.ts";
import { answerSpec } from "./answer-format.ts";

/** Throws a RequestError with the compiler's code, at the field. */
export function compileAnswer(spec: ConstraintSpec, request: NormalisedRequest, compiler: Compiler): Constraint {
  try {
    return compiler.compile(spec);
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    for (const [path, part] of parts(request)) {
      try {
        compiler.compile(part);
      } catch (cause) {
        if (!(cause instanceof ConstraintError)) throw cause;
        throw refusal(request, cause.code, [[path, told(cause)]]);
      }
    }
    const path = request.tools.mode === "none" ? [] : [request.request.tools ? "tools" : "functions"];
    throw refusal(request, error.code, [[path, told(error)]]);
  }
}

/** The fields that bind the answer, each as a constraint of its own. */
function* parts({ request, format, tools }: NormalisedRequest): Generator<[path: Path, spec: ConstraintSpec]> {
  const spec = answerSpec(format);
  if (spec !== undefined) yield [formatPath(format.type), spec];
  for (const { name, parameters, strict } of tools.allowed) {
    if (parameters === undefined) continue;
    const inTools = request.tools?.findIndex((tool) => tool.function.name === name) ?? -1;
    const path =
      inTools >= 0
        ? ["tools", inTools, "function"]
        : ["functions", request.functions!.findIndex((each) => each.name === name)];
    yield [[...path, "parameters"], { type: "json_schema", schema: parameters, strict: strict ?? false }];
  }
}

function formatPath(type: NormalisedRequest["format"]["type"]): Path {
  if (type === "regex" || type === "ebnf") return [type];
  return type === "json_schema" ? ["response_format", "json_schema", "schema"] : ["response_format"];
}

function told({ message, location }: ConstraintError): string {
  if (location === undefined) return message;
  if ("pointer" in location) return location.pointer === "" ? message : `${message} (at ${location.pointer})`;
  return `${message} (line ${location.line}, column ${location.column})\n${location.excerpt}`;
}
