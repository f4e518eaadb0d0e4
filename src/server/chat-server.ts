// The HTTP server: POST /v1/chat/completions (JSON, or server-sent events), GET /v1/models, GET /health.
// A completion holds a place from its request's head on; a client that goes away gives it back.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { ChatDecoder } from "../chat/loop/chat-decoder.ts";
import { CompileTrial } from "./compile-trial.ts";
import { errorAnswer, HttpError } from "./http-error.ts";
import { sendEvents } from "./server-sent-events.ts";

export interface ServerOptions {
  /** Longest request, in bytes; default 16 MiB. */
  readonly maxBodyBytes?: number;
  /** Requests at a time; more are told to come again (429). Default 256. */
  readonly maxRequests?: number;
  /** Bytes of all their bodies together; one that goes beyond is told to come again. Default 256 MiB. */
  readonly maxTotalBytes?: number;
  /** How long a request may take, from its first byte to its answer's last, in milliseconds; default 10 minutes. Its body must come within one. */
  readonly timeoutMs?: number;
  /** How long a request's constraint may take to compile, in milliseconds; default 5 seconds. Infinity: none is tried beside the server first. */
  readonly compileMs?: number;
  /** The JavaScript heap that it may take for that, in MiB; default 512. Typed arrays aren't in it: the compiler's own limits bound them. */
  readonly compileMebibytes?: number;
  /**
   * A forward pass that takes longer than this, in milliseconds, is one that won't end: /health says so (503), and no request is taken until it
   * does end. Default 5 minutes.
   */
  readonly stallMs?: number;
  /** How long `close` waits for requests that have begun, in milliseconds; default 30 seconds. */
  readonly graceMs?: number;
  /** How long a client that is told that its time is over has to take that, in milliseconds; default 5 seconds. Then it is cut off. */
  readonly lingerMs?: number;
  /** Told of faults that the client isn't told of. */
  readonly onFault?: (error: unknown) => void;
}

const defaults = {
  maxBodyBytes: 16 * 2 ** 20,
  maxRequests: 256,
  maxTotalBytes: 256 * 2 ** 20,
  timeoutMs: 600_000,
  compileMs: 5_000,
  compileMebibytes: 512,
  stallMs: 300_000,
  graceMs: 30_000,
  lingerMs: 5_000,
  onFault: () => {},
} satisfies ServerOptions;

/** For a request to arrive. Those who take their time to ask mustn't take all places. */
const arrivalMs = 60_000;
/** Beyond it Node's timers go off at once. */
const maxTimerMs = 2 ** 31 - 1;

export class ChatServer {
  readonly server: Server;
  private readonly decoder: ChatDecoder;
  private readonly options: Required<ServerOptions>;
  private readonly trial: CompileTrial;
  private readonly created = Math.floor(Date.now() / 1000);
  /** One for each completion that is being made: how many bytes of its body have come. */
  private readonly running = new Map<AbortSignal, number>();
  /** One for each answer that isn't out yet: ends it. */
  private readonly open = new Set<(reason: HttpError) => void>();

  constructor(decoder: ChatDecoder, options: ServerOptions = {}) {
    this.decoder = decoder;
    this.options = { ...defaults, ...options };
    const { compileMs: ms, compileMebibytes: mebibytes } = this.options;
    this.trial = new CompileTrial(decoder, { ms: Math.min(ms, maxTimerMs), mebibytes });
    this.server = createServer((request, response) => void this.answer(request, response));
    this.server.requestTimeout = Math.min(this.options.timeoutMs, arrivalMs);
  }

  /** Port 0 takes any that is free; the URL it can be reached at. */
  listen(port: number, host = "127.0.0.1"): Promise<string> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, host, () => {
        this.server.off("error", reject);
        // A connection that can't be taken, for want of file descriptors, say.
        this.server.on("error", this.options.onFault);
        const address = this.server.address();
        const bound = typeof address === "object" && address !== null ? address.port : port;
        resolve(`http://${host.includes(":") ? `[${host}]` : host}:${bound}`);
      });
    });
  }

  /** Takes no more requests, waits for those that have begun, and after `graceMs` aborts them. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.closeConnections();
    const timer = setTimeout(() => {
      const reason = new HttpError(503, "shutting_down", "The server is shutting down; try again later");
      for (const end of this.open) end(reason);
    }, this.options.graceMs);
    await closed;
    clearTimeout(timer);
    this.trial.close();
  }

  /** How many completions are being made. */
  get load(): number {
    return this.running.size;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const signal = this.begin(request, response);
    try {
      await this.route(request, response, signal);
    } catch (error) {
      // The client has gone.
      if (request.socket.destroyed) return;
      const { status, headers, body } = errorAnswer(error);
      if (status === 500) this.options.onFault(error);
      if (response.headersSent) return;
      // What is left of the body is read past, unless it's too long for that.
      const { "content-length": length = 0, "transfer-encoding": chunked } = request.headers;
      const isLong = chunked !== undefined || Number(length) > this.options.maxBodyBytes;
      sendJson(response, status, body, isLong && !request.complete ? { ...headers, connection: "close" } : headers);
    } finally {
      this.running.delete(signal);
    }
  }

  /** What ends a request: its time is over, its client has gone, or the server shuts down. */
  private begin(request: IncomingMessage, response: ServerResponse): AbortSignal {
    const { timeoutMs, lingerMs } = this.options;
    const { socket } = request;
    const controller = new AbortController();
    const end = (reason: HttpError) => {
      clearTimeout(timer);
      controller.abort(reason);
      timer = setTimeout(() => socket.destroy(), lingerMs);
    };
    const isLate = () => end(new HttpError(504, "timeout", `The request took longer than ${timeoutMs / 1000} s`));
    let timer = setTimeout(isLate, Math.min(timeoutMs, maxTimerMs));
    const close = () => {
      clearTimeout(timer);
      socket.off("close", close);
      this.open.delete(end);
      controller.abort(new Error("The client has gone"));
      if (!this.server.listening) this.closeConnections();
    };
    this.open.add(end);
    response.once("close", close);
    // A response that waits for another on its connection isn't told that the connection has closed. There may be many.
    socket.setMaxListeners(0).once("close", close);
    // A connection that breaks is told by "close", too.
    response.on("error", () => {});
    return controller.signal;
  }

  /** Those that nothing is awaited from. Node takes one that hasn't said anything for one that is in use. */
  private closeConnections(): void {
    if (this.open.size === 0) this.server.closeAllConnections();
    else this.server.closeIdleConnections();
  }

  private async route(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const pathname = pathOf(request.url ?? "/");
    const { model } = this.decoder.engine;
    const modelObject = { id: model, object: "model", created: this.created, owned_by: "grammask" };
    if (pathname === "/v1/chat/completions") {
      allow(request, "POST");
      await this.complete(request, response, signal);
    } else if (pathname === "/v1/models") {
      allow(request, "GET");
      sendJson(response, 200, { object: "list", data: [modelObject] });
    } else if (pathname === `/v1/models/${encodeURIComponent(model)}` || pathname === `/v1/models/${model}`) {
      allow(request, "GET");
      sendJson(response, 200, modelObject);
    } else if (pathname === "/health") {
      allow(request, "GET");
      const status = this.isStalled ? "stalled" : "ok";
      sendJson(response, this.isStalled ? 503 : 200, { status, requests: this.running.size });
    } else {
      throw new HttpError(404, "not_found", `There is nothing at ${pathname}`);
    }
  }

  private get isStalled(): boolean {
    return this.decoder.passMs > this.options.stallMs;
  }

  private async complete(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const { maxRequests } = this.options;
    if (!this.server.listening) throw new HttpError(503, "shutting_down", "The server is shutting down");
    if (this.isStalled) throw new HttpError(503, "stalled", "The model doesn't answer");
    if (this.running.size >= maxRequests) throw overloaded(`The server is answering ${maxRequests} requests already`);
    this.running.set(signal, 0);
    const text = await this.readBody(request, signal);
    const plan = this.decoder.check(text);
    const { model } = this.decoder.engine;
    if (plan.model !== model) {
      throw new HttpError(
        404,
        "model_not_found",
        `There is no model ${JSON.stringify(plan.model)} here, only ${model}`,
      );
    }
    if (Number.isFinite(this.options.compileMs)) await this.trial.compile(plan, text, signal);
    const stream = await this.decoder.decode(plan, { signal });
    if (plan.response.stream) await sendEvents(response, stream, signal, this.options.onFault);
    else sendJson(response, 200, await stream.completion());
  }

  /** Throws a HttpError for a body that is too long or no UTF-8, and the signal's reason; what comes after that is dropped. */
  private async readBody(request: IncomingMessage, signal: AbortSignal): Promise<string> {
    const { maxBodyBytes, maxTotalBytes } = this.options;
    const tooLong = new HttpError(413, "request_too_large", `A request may have ${maxBodyBytes} bytes`);
    if (Number(request.headers["content-length"] ?? 0) > maxBodyBytes) throw tooLong;
    const chunks: Uint8Array[] = [];
    let length = 0;
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      request.on("data", (chunk: Uint8Array) => {
        // It has been refused.
        if (!this.running.has(signal)) return;
        length += chunk.length;
        this.running.set(signal, length);
        if (length > maxBodyBytes) reject(tooLong);
        else if (this.totalBytes > maxTotalBytes)
          reject(overloaded("The requests being answered are too long together"));
        else chunks.push(chunk);
      });
      request.once("end", resolve);
      request.once("error", reject);
    });
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
    } catch {
      throw new HttpError(400, "invalid_utf8", "The request isn't UTF-8");
    }
  }

  private get totalBytes(): number {
    let total = 0;
    for (const bytes of this.running.values()) total += bytes;
    return total;
  }
}

function overloaded(message: string): HttpError {
  return new HttpError(429, "overloaded", `${message}; try again later`, { "retry-after": "1" });
}

/** Where there is something to GET, its head can be had, too. */
function allow(request: IncomingMessage, method: string): void {
  if (request.method === method || (request.method === "HEAD" && method === "GET")) return;
  throw new HttpError(405, "method_not_allowed", `Use ${method} here, not ${request.method}`, { allow: method });
}

/** A target that is no URL stands for itself: there is nothing there. */
function pathOf(target: string): string {
  const base = "http://localhost";
  return URL.canParse(target, base) ? new URL(target, base).pathname : target;
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  // Before anything is sent: a text can be too long for a string.
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(text);
}
