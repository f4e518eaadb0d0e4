// tools, tool_choice, parallel_tool_calls and the old functions, function_call to one spelling.
import { type JsonObject, printJson } from "../../json-schema/reading/json-text.ts";
import type { ToolFunction } from "../tool-calls/dialect.ts";
import type { ToolSettings } from "./normalised-request.ts";
import type { ChatCompletionRequest, FunctionDefinition } from "./request.ts";
import { nodeAt, type Path } from "./request-place.ts";
import { allowedToolsOf, namedTools } from "./tool-choice.ts";

/** Of a request that has been checked. */
export function normaliseTools(tree: JsonObject, request: ChatCompletionRequest): ToolSettings {
  const { tools, tool_choice, parallel_tool_calls, functions, function_call } = request;
  if (functions !== undefined && functions !== null) {
    const all = functions.map((definition, i) => toolFunction(tree, definition, ["functions", i]));
    const name = typeof function_call === "object" ? function_call?.name : undefined;
    const mode = name === undefined ? (function_call as "none" | "auto" | null | undefined) : "named";
    // An answer in the old spelling has room for one call.
    return settings(all, mode ?? "auto", name === undefined ? undefined : new Set([name]), false, "function_call");
  }
  const all = (tools ?? []).map((tool, i) => toolFunction(tree, tool.function, ["tools", i, "function"]));
  const names = namedTools(tool_choice).map(({ name }) => name);
  const mode =
    typeof tool_choice === "string"
      ? tool_choice
      : (allowedToolsOf(tool_choice)?.mode ?? (names.length > 0 ? "named" : "auto"));
  return settings(all, mode, names.length > 0 ? new Set(names) : undefined, parallel_tool_calls ?? true, "tool_calls");
}

/** `names`: those that may be called; undefined for all. */
function settings(
  all: readonly ToolFunction[],
  mode: ToolSettings["mode"],
  names: ReadonlySet<string> | undefined,
  parallel: boolean,
  spelling: ToolSettings["spelling"],
): ToolSettings {
  if (all.length === 0 || mode === "none") return { mode: "none", allowed: [], parallel: false, spelling };
  const allowed = names === undefined ? all : all.filter(({ name }) => names.has(name));
  return { mode, allowed, parallel: parallel && mode !== "named", spelling };
}

function toolFunction(tree: JsonObject, definition: FunctionDefinition, path: Path): ToolFunction {
  const { name, description, parameters, strict } = definition;
  const schema = nodeAt(tree, [...path, "parameters"]);
  return {
    name,
    description: description ?? undefined,
    parameters: parameters === null || schema === undefined ? undefined : printJson(schema),
    strict: strict ?? false,
  };
}
