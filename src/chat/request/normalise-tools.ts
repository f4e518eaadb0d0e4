// tools, tool_choice, parallel_tool_calls and the old functions, function_call to one spelling.
import { type JsonObject, printJson } from "../../json-schema/reading/json-text.ts";
import { asFunctionTool } from "../tool-calls/custom-tool.ts";
import type { ToolFunction } from "../tool-calls/dialect.ts";
import type { ToolSettings } from "./normalised-request.ts";
import type { ChatCompletionRequest, FunctionDefinition } from "./request.ts";
import { nodeAt, type Path } from "./request-place.ts";
import { allowedToolsOf, namedTools, toolName } from "./tool-choice.ts";

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
  const all = (tools ?? []).map((tool, i) =>
    tool.type === "function"
      ? toolFunction(tree, tool.function, ["tools", i, "function"])
      : customFunction(asFunctionTool(tool).function),
  );
  const names = namedTools(tool_choice).map(({ name }) => name);
  const mode =
    typeof tool_choice === "string"
      ? tool_choice
      : (allowedToolsOf(tool_choice)?.mode ?? (names.length > 0 ? "named" : "auto"));
  const allowed = names.length > 0 ? new Set(names) : undefined;
  const custom = (tools ?? []).filter(({ type }) => type === "custom").map(toolName);
  return { ...settings(all, mode, allowed, parallel_tool_calls ?? true, "tool_calls"), custom: new Set(custom) };
}

/** `names`: those that may be called; undefined for all. */
function settings(
  all: readonly ToolFunction[],
  mode: ToolSettings["mode"],
  names: ReadonlySet<string> | undefined,
  parallel: boolean,
  spelling: ToolSettings["spelling"],
): ToolSettings {
  const custom = new Set<string>();
  if (all.length === 0 || mode === "none") return { mode: "none", allowed: [], parallel: false, spelling, custom };
  const allowed = names === undefined ? all : all.filter(({ name }) => names.has(name));
  return { mode, allowed, parallel: parallel && mode !== "named", spelling, custom };
}

function customFunction({ name, description, parameters }: FunctionDefinition): ToolFunction {
  return { name, description: description ?? undefined, parameters: JSON.stringify(parameters) };
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
