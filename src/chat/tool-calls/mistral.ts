// Mistral's models: until tokenizer v7 an array of call objects, behind a space where the tokenizer is SentencePiece's, from v11 on a name and its
// arguments for each call. Nothing ends them. Templates refuse a conversation whose calls have ids of another length.
// https://github.com/mistralai/mistral-common, src/mistral_common/tokens/tokenizers/instruct.py
import { templateDialect } from "./template-dialect.ts";

export const mistral = templateDialect("mistral", {
  form: { frame: "[TOOL_CALLS]{space}[{calls}]", call: "{call}", separator: ", " },
  markers: ["[TOOL_CALLS]"],
  hasIdMember: true,
  idLength: 9,
});

export const mistralV11 = templateDialect("mistral_v11", {
  form: { call: "[TOOL_CALLS]{name}{call_id}[ARGS]{arguments}" },
  markers: ["[TOOL_CALLS]", "[ARGS]"],
  idLength: 9,
});
