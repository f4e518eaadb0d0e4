// grammask serve: the chat server over the stand-in engine, or over a model file.
import { existsSync } from "node:fs";
import { ChatDecoder } from "../chat/loop/chat-decoder.ts";
import { ChatServer } from "../server/chat-server.ts";
import { type EngineOptions, openEngine } from "./open-engine.ts";
import type { Output } from "./output.ts";
import { exitCodes } from "./report.ts";

export interface ServeOptions extends EngineOptions {
  readonly host: string;
  readonly port: number;
  /** Bytes. */
  readonly maxBody: number;
  readonly maxRequests: number;
  /** Seconds. */
  readonly timeout: number;
  readonly compileTimeout: number;
}

/** Serves until the process is told to end (SIGINT, SIGTERM); then finishes what has begun. A second signal doesn't wait. */
export async function serve(options: ServeOptions, stdout: Output, stderr: Output): Promise<number> {
  if (options.model !== undefined && !existsSync(options.model)) {
    stderr.line(`${options.model}: there is no such file`);
    return exitCodes.usage;
  }
  let server: ChatServer;
  try {
    const decoder = new ChatDecoder(await openEngine(options));
    server = new ChatServer(decoder, {
      maxBodyBytes: options.maxBody,
      maxRequests: options.maxRequests,
      timeoutMs: options.timeout * 1000,
      compileMs: options.compileTimeout * 1000,
      onFault: (error) => stderr.line(`a request failed: ${error instanceof Error ? error.message : String(error)}`),
    });
    const url = await server.listen(options.port, options.host);
    stdout.line(`${decoder.engine.model} answers at ${url}/v1/chat/completions; Ctrl-C ends it`);
  } catch (error) {
    stderr.line((error as Error).message);
    return exitCodes.usage;
  }
  await new Promise<void>((resolve) => {
    let isEnding = false;
    const onSignal = () => {
      if (isEnding) process.exit(exitCodes.fine);
      isEnding = true;
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, onSignal);
  });
  stderr.line("finishing what has begun");
  await server.close();
  return exitCodes.fine;
}
