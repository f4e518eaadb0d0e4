// Tools by their names, and the spellings of tool_choice.
import type { AllowedTools, Tool, ToolChoiceOption } from "./request.ts";
import type { Path } from "./request-place.ts";

/** {type: "allowed_tools"}, as OpenAI nests it or as SGLang doesn't; undefined for another choice. */
export function allowedToolsOf(choice: ToolChoiceOption | null | undefined): AllowedTools | undefined {
  if (typeof choice !== "object" || choice?.type !== "allowed_tools") return undefined;
  return "allowed_tools" in choice ? choice.allowed_tools : choice;
}

/** A tool's name, whatever it is. */
export function toolName(tool: Tool): string {
  return tool.type === "function" ? tool.function.name : tool.custom.name;
}

/** The tools that a choice names, and where it does. */
export function namedTools(
  choice: ToolChoiceOption | null | undefined,
): { readonly name: string; readonly type: Tool["type"]; readonly path: Path }[] {
  if (typeof choice !== "object" || choice === null) return [];
  if (choice.type === "function" || choice.type === "custom") {
    const { type } = choice;
    return [{ name: toolName(choice), type, path: ["tool_choice", type, "name"] }];
  }
  const list = "allowed_tools" in choice ? ["tool_choice", "allowed_tools", "tools"] : ["tool_choice", "tools"];
  return allowedToolsOf(choice)!.tools.map((tool, i) =>
    "function" in tool
      ? { name: tool.function.name, type: "function", path: [...list, i, "function", "name"] }
      : { name: tool.name, type: "function", path: [...list, i, "name"] },
  );
}
