// The HTTP server: POST /v1/chat/completions (JSON, or server-sent events), GET /v1/models, GET /health.
// A request holds a place from its first byte to its last; a client that goes away gives it back.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { ChatDecoder } from "../chat/loop/chat-decoder.ts";
import { errorAnswer, HttpError } from "./http-error.ts";
import { sendEvents } from "./server-sent-events.ts";

export interface ServerOptions {
  /** Longest request, in bytes; default 16 MiB. */
  readonly maxBodyBytes?: number;
  /** Requests at a time; more are told to come again (429). Default 256. */
  readonly maxRequests?: number;
  /** How long a request may take, from its first byte to its last, in milliseconds; default 10 minutes. */
  readonly timeoutMs?: number;
  /** How long `close` waits for requests that have begun, in milliseconds; default 30 seconds. */
  readonly graceMs?: number;
  /** Told of faults that the client isn't told of. */
  readonly onFault?: (error: unknown) => void;
}

const defaults = {
  maxBodyBytes: 16 * 2 ** 20,
  maxRequests: 256,
  timeoutMs: 600_000,
  graceMs: 30_000,
  onFault: () => {},
} satisfies ServerOptions;

export class ChatServer {
  readonly server: Server;
  private readonly decoder: ChatDecoder;
  private readonly options: Required<ServerOptions>;
  private readonly created = Math.floor(Date.now() / 1000);
  /** One for each request that is being answered. */
  private readonly running = new Set<AbortController>();

  constructor(decoder: ChatDecoder, options: ServerOptions = {}) {
    this.decoder = decoder;
    this.options = { ...defaults, ...options };
    this.server = createServer((request, response) => void this.answer(request, response));
    this.server.requestTimeout = this.options.timeoutMs;
  }

  /** Port 0 takes any that is free; the URL it can be reached at. */
  listen(port: number, host = "127.0.0.1"): Promise<string> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, host, () => {
        this.server.off("error", reject);
        const address = this.server.address();
        const bound = typeof address === "object" && address !== null ? address.port : port;
        resolve(`http://${host.includes(":") ? `[${host}]` : host}:${bound}`);
      });
    });
  }

  /** Takes no more requests, waits for those that have begun, and after `graceMs` aborts them. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeIdleConnections();
    const timer = setTimeout(() => {
      const reason = new HttpError(503, "shutting_down", "The server is shutting down; try again later");
      for (const controller of this.running) controller.abort(reason);
    }, this.options.graceMs);
    await closed;
    clearTimeout(timer);
  }

  /** How many requests are being answered. */
  get load(): number {
    return this.running.size;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const controller = new AbortController();
    const timer = setTimeout(() => {
      const seconds = this.options.timeoutMs / 1000;
      controller.abort(new HttpError(504, "timeout", `The request took longer than ${seconds} s`));
    }, this.options.timeoutMs);
    response.once("close", () => controller.abort(new Error("The client has gone")));
    // A connection that breaks is told by "close", too.
    response.on("error", () => {});
    try {
      await this.route(request, response, controller);
    } catch (error) {
      const { status, headers, body } = errorAnswer(error);
      if (status === 500) this.options.onFault(error);
      if (!response.headersSent && !response.destroyed) {
        // What is left of the body isn't read.
        sendJson(response, status, body, request.complete ? headers : { ...headers, connection: "close" });
      }
    } finally {
      clearTimeout(timer);
      this.running.delete(controller);
      if (!this.server.listening) this.server.closeIdleConnections();
    }
  }

  private async route(request: IncomingMessage, response: ServerResponse, controller: AbortController): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const { model } = this.decoder.engine;
    const modelObject = { id: model, object: "model", created: this.created, owned_by: "grammask" };
    if (pathname === "/v1/chat/completions") {
      allow(request, "POST");
      await this.complete(request, response, controller);
    } else if (pathname === "/v1/models") {
      allow(request, "GET");
      sendJson(response, 200, { object: "list", data: [modelObject] });
    } else if (pathname === `/v1/models/${encodeURIComponent(model)}` || pathname === `/v1/models/${model}`) {
      allow(request, "GET");
      sendJson(response, 200, modelObject);
    } else if (pathname === "/health") {
      allow(request, "GET");
      sendJson(response, 200, { status: "ok", requests: this.running.size });
    } else {
      throw new HttpError(404, "not_found", `There is nothing at ${pathname}`);
    }
  }

  private async complete(
    request: IncomingMessage,
    response: ServerResponse,
    controller: AbortController,
  ): Promise<void> {
    const { maxRequests, maxBodyBytes } = this.options;
    if (!this.server.listening) throw new HttpError(503, "shutting_down", "The server is shutting down");
    if (this.running.size >= maxRequests) {
      const message = `The server is answering ${maxRequests} requests already; try again later`;
      throw new HttpError(429, "overloaded", message, { "retry-after": "1" });
    }
    this.running.add(controller);
    const { signal } = controller;
    const text = await readBody(request, maxBodyBytes, signal);
    const plan = this.decoder.plan(text);
    const { model } = this.decoder.engine;
    if (plan.model !== model) {
      throw new HttpError(
        404,
        "model_not_found",
        `There is no model ${JSON.stringify(plan.model)} here, only ${model}`,
      );
    }
    const stream = await this.decoder.decode(plan, { signal });
    if (plan.response.stream) await sendEvents(response, stream, signal, this.options.onFault);
    else sendJson(response, 200, await stream.completion());
  }
}

function allow(request: IncomingMessage, method: string): void {
  if (request.method === method) return;
  throw new HttpError(405, "method_not_allowed", `Use ${method} here, not ${request.method}`, { allow: method });
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage, maxBytes: number, signal: AbortSignal): Promise<string> {
  const tooLong = new HttpError(413, "request_too_large", `A request may have ${maxBytes} bytes`);
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLong;
  const stop = () => request.destroy(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  try {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of request) {
      length += (chunk as Uint8Array).length;
      if (length > maxBytes) throw tooLong;
      chunks.push(chunk as Uint8Array);
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new HttpError(400, "invalid_utf8", "The request isn't UTF-8");
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
