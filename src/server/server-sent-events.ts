// A completion as server-sent events: a chunk each, then [DONE]. Once they have begun, an error is an event, too.
// https://html.spec.whatwg.org/multipage/server-sent-events.html
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { CompletionStream } from "../chat/loop/completion-stream.ts";
import { errorAnswer } from "./http-error.ts";

/** Waits for a client that reads slowly. Ends with the stream, or when `signal` is aborted; never throws. */
export async function sendEvents(
  response: ServerResponse,
  stream: CompletionStream,
  signal: AbortSignal,
  onFault: (error: unknown) => void,
): Promise<void> {
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    // A proxy must not gather them.
    "x-accel-buffering": "no",
  });
  const event = (data: string) => `data: ${data}\n\n`;
  try {
    for await (const chunk of stream) {
      if (!response.write(event(JSON.stringify(chunk)))) await once(response, "drain", { signal });
    }
    response.end(event("[DONE]"));
  } catch (error) {
    if (response.req.socket.destroyed) return;
    const { status, body } = errorAnswer(signal.aborted ? signal.reason : error);
    if (status === 500) onFault(error);
    response.end(event(JSON.stringify(body)));
  }
}
