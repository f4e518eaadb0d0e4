// The chat-completion request: its types. What the values may be is in request.schema.json.

export interface ChatCompletionRequest {
  readonly [field: string]: unknown;
}
