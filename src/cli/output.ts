// Where the command writes. A reader that goes away (`| head -1`) is no error; a full disk is one. Nothing here waits: on a terminal, in a
// file and, on POSIX, in a pipe a write is done when it returns.
import pc from "picocolors";

export class Output {
  private readonly stream: NodeJS.WriteStream;
  readonly colors: ReturnType<typeof pc.createColors>;
  private gone = false;

  constructor(stream: NodeJS.WriteStream, onFailure: (reason: string) => void) {
    this.stream = stream;
    // By stream, not by process: `CI=1` must not put escape codes into a pipe.
    this.colors = pc.createColors(stream.isTTY === true && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb");
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (!this.gone && error.code !== "EPIPE") onFailure(error.message);
      this.gone = true;
    });
  }

  get isTerminal(): boolean {
    return this.stream.isTTY === true;
  }

  /** Known only after the event loop has turned. */
  get isGone(): boolean {
    return this.gone;
  }

  line(text: string): void {
    if (!this.gone) this.stream.write(`${text}\n`);
  }

  raw(text: string): void {
    if (!this.gone) this.stream.write(text);
  }
}

/** A line on a terminal that tells what is going on, and goes when there is something to say. Nowhere else it shows. */
export class Progress {
  private readonly output: Output | undefined;
  private isShown = false;

  constructor(output: Output, isWanted: boolean) {
    this.output = isWanted && output.isTerminal ? output : undefined;
  }

  show(text: string): void {
    this.output?.raw(`\r\x1b[K${text}`);
    this.isShown = true;
  }

  clear(): void {
    if (this.isShown) this.output?.raw("\r\x1b[K");
    this.isShown = false;
  }
}
