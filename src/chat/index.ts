// grammask/chat: from a chat-completion request to answers. README.md is the map.

export type { DeviceLogits, Engine, EngineReasoning, ForwardRow } from "./engine.ts";
export { ChatDecoder, type ChatDecoderOptions, type GenerateOptions, generate } from "./loop/chat-decoder.ts";
export type { CompletionStream } from "./loop/completion-stream.ts";
export type { DecodePlan } from "./plan/decode-plan.ts";
export { PartialJson, type PartialJsonEvent } from "./readers/partial-json.ts";
export {
  type FieldPart,
  furtherOpenAiFields,
  type HonouredField,
  type PassedField,
  type RequestField,
  requestFields,
} from "./request/fields.ts";
export type {
  AssistantMessage,
  ChatMessage,
  CustomCall,
  FilePart,
  FunctionCall,
  FunctionMessage,
  ImagePart,
  InputAudioPart,
  Optional,
  RefusalPart,
  SystemMessage,
  TextContent,
  TextPart,
  ToolCall,
  ToolMessage,
  UserMessage,
} from "./request/message.ts";
export type {
  NormalisedRequest,
  OutputFormat,
  ReasoningSettings,
  RequestedSampling,
  ResponseSettings,
  StopSettings,
  ToolSettings,
} from "./request/normalised-request.ts";
export { RequestReader, type RequestReaderOptions } from "./request/read-request.ts";
export type {
  AllowedTools,
  ChatCompletionRequest,
  CustomTool,
  FunctionDefinition,
  FunctionTool,
  FurtherOpenAiFields,
  ResponseFormat,
  SchemaValue,
  Tool,
  ToolChoiceOption,
  ToolReference,
} from "./request/request.ts";
export { RequestError, type RequestViolation } from "./request/request-error.ts";
export type {
  ChatCompletion,
  ChatCompletionChunk,
  ChosenLogprob,
  FinishReason,
  Logprobs,
  TokenLogprob,
  Usage,
} from "./response.ts";
export { defaultSampling, type SamplingSettings } from "./sampler/settings.ts";
export type { ToolFunction } from "./tool-calls/dialect.ts";
export { toolDialectNames } from "./tool-calls/dialects.ts";
