// The messages of a chat-completion request, as OpenAI's API spells them. Other properties of a message are left alone: a chat template may
// read them, and clients send back what an answer held (`annotations`, `parsed`).

/** A field that may be left out; null means the same. */
export type Optional<T> = T | null | undefined;

export interface TextPart {
  readonly type: "text";
  readonly text: string;
}

export interface ImagePart {
  readonly type: "image_url";
  /** `url`: an address, or the image itself as a data URL. */
  readonly image_url: { readonly url: string; readonly detail?: Optional<"auto" | "low" | "high"> };
}

export interface InputAudioPart {
  readonly type: "input_audio";
  /** `data`: base64. */
  readonly input_audio: { readonly data: string; readonly format: "wav" | "mp3" };
}

export interface FilePart {
  readonly type: "file";
  /** `file_data`: base64. */
  readonly file: {
    readonly file_data?: Optional<string>;
    readonly file_id?: Optional<string>;
    readonly filename?: Optional<string>;
  };
}

export interface RefusalPart {
  readonly type: "refusal";
  readonly refusal: string;
}

export type TextContent = string | readonly TextPart[];

export interface SystemMessage {
  /** Newer models know "developer", older ones "system". */
  readonly role: "system" | "developer";
  readonly content: TextContent;
  readonly name?: Optional<string>;
}

export interface UserMessage {
  readonly role: "user";
  readonly content: string | readonly (TextPart | ImagePart | InputAudioPart | FilePart)[];
  readonly name?: Optional<string>;
}

/** `arguments`: the JSON text that the model wrote, which need not be valid. */
export interface FunctionCall {
  readonly name: string;
  readonly arguments: string;
}

export interface CustomCall {
  readonly name: string;
  readonly input: string;
}

export type ToolCall =
  | { readonly id: string; readonly type: "function"; readonly function: FunctionCall }
  | { readonly id: string; readonly type: "custom"; readonly custom: CustomCall };

/** At least one of content, refusal, tool_calls, function_call, audio and reasoning_content is there. */
export interface AssistantMessage {
  readonly role: "assistant";
  readonly content?: Optional<string | readonly (TextPart | RefusalPart)[]>;
  readonly refusal?: Optional<string>;
  readonly name?: Optional<string>;
  readonly tool_calls?: Optional<readonly ToolCall[]>;
  /** @deprecated Replaced by `tool_calls`. */
  readonly function_call?: Optional<FunctionCall>;
  /** An earlier spoken answer. */
  readonly audio?: Optional<{ readonly id: string }>;
  /** What the model thought, where `separate_reasoning` told it apart. */
  readonly reasoning_content?: Optional<string>;
}

export interface ToolMessage {
  readonly role: "tool";
  readonly content: TextContent;
  readonly tool_call_id: string;
}

/** @deprecated Replaced by `ToolMessage`. */
export interface FunctionMessage {
  readonly role: "function";
  readonly content: string | null;
  readonly name: string;
}

export type ChatMessage = SystemMessage | UserMessage | AssistantMessage | ToolMessage | FunctionMessage;
