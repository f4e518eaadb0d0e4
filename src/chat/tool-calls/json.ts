// For models that were taught no way of their own: where a call is required, the answer is a JSON array of calls; otherwise
// calls stand in the tags of Hermes, which most models have seen.
import type { CallStyle } from "./call-format.ts";
import type { ToolDialect } from "./dialect.ts";
import { hermes } from "./hermes.ts";
import { templateDialect } from "./template-dialect.ts";

const array = templateDialect("json", {
  form: { frame: "[{calls}]", call: "{call}", separator: ", " },
  markers: [],
  argumentsKey: "parameters",
} satisfies CallStyle);

export const json: ToolDialect = {
  name: "json",
  format: (tools, options) => (options.required ? array : hermes).format(tools, options),
  reader: (tools, options) => (options.required ? array : hermes).reader(tools, options),
};
