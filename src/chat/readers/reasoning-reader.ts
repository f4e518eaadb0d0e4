// Takes a model's reasoning off the front of its output; another reader gets what is behind it. Line breaks directly behind
// the begin and, mostly, the end marker belong to neither side: models write them as part of the markers.
import { Incoming, type Script } from "./incoming.ts";
import { MarkerScanner } from "./marker-scanner.ts";
import type { OutputEvent, OutputReader } from "./output-events.ts";

export interface ReasoningReaderOptions {
  /** What begins and what ends the reasoning: special tokens or texts. */
  readonly begin: string;
  readonly end: string;
  /** Has the prompt begun it already? Otherwise there is reasoning only where the output begins with `begin`, as it may in either case. */
  readonly isOpen: boolean;
  /** Are the markers, and the line breaks behind them, a part of the reasoning? */
  readonly keepsMarkers: boolean;
  /** Do line breaks behind the end marker belong to neither side? Otherwise to the answer. */
  readonly hasGap: boolean;
  /** Is this marker a special token of the vocabulary? */
  isSpecial(name: string): boolean;
}

export class ReasoningReader implements OutputReader {
  private readonly incoming = new Incoming();
  private readonly inner: OutputReader;
  private readonly options: ReasoningReaderOptions;
  private readonly script: Script;
  private isBehind = false;

  /** `inner` reads what is behind the reasoning. */
  constructor(inner: OutputReader, options: ReasoningReaderOptions) {
    this.inner = inner;
    this.options = options;
    this.script = this.reasoning();
  }

  text(text: string): OutputEvent[] {
    if (this.isBehind) return this.inner.text(text);
    this.incoming.push(text);
    return this.goOn();
  }

  special(name: string): OutputEvent[] {
    if (this.isBehind) return this.inner.special(name);
    this.incoming.pushSpecial(name);
    return this.goOn();
  }

  end(): OutputEvent[] {
    if (this.isBehind) return this.inner.end();
    this.incoming.close();
    return [...this.goOn(), ...this.inner.end()];
  }

  private goOn(): OutputEvent[] {
    this.isBehind = this.script.next().done === true;
    const events = this.incoming.takeEvents();
    if (!this.isBehind) return events;
    const rest = this.incoming.takeRest();
    return events.concat(
      rest.flatMap((piece) => ("text" in piece ? this.inner.text(piece.text) : this.inner.special(piece.special))),
    );
  }

  /** How it stands in the text. */
  private marker(name: string): string {
    return this.options.isSpecial(name) ? this.incoming.codeOf(name) : name;
  }

  private *reasoning(): Script {
    const { incoming } = this;
    const { isOpen, keepsMarkers, hasGap } = this.options;
    const begin = this.marker(this.options.begin);
    const end = this.marker(this.options.end);

    const beginning = yield* incoming.attempt(function* () {
      const space = yield* incoming.skipSpace();
      return (yield* incoming.take(begin)) ? space + begin : undefined;
    });
    if (beginning === undefined && !isOpen) return;
    if (keepsMarkers) incoming.reasoning(beginning ?? "");
    else yield* incoming.takeAll(lineBreak);

    const marker = yield* incoming.until(new MarkerScanner([end]), (text) => incoming.reasoning(text));
    if (marker === undefined) return;
    yield* incoming.take(marker);
    if (keepsMarkers) incoming.reasoning(marker);
    else if (hasGap) yield* incoming.takeAll(lineBreak);
  }
}

const lineBreak = /[\r\n]/;
