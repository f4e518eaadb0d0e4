// A reader whose work is a script: see incoming.ts.
import { Incoming, type Script } from "./incoming.ts";
import type { OutputEvent, OutputReader } from "./output-events.ts";

export class ScriptReader implements OutputReader {
  private readonly incoming = new Incoming();
  private readonly script: Script;

  /** The script reads to the end of the text. */
  constructor(script: (incoming: Incoming) => Script) {
    this.script = script(this.incoming);
  }

  text(text: string): OutputEvent[] {
    this.incoming.push(text);
    return this.goOn();
  }

  special(name: string): OutputEvent[] {
    this.incoming.pushSpecial(name);
    return this.goOn();
  }

  end(): OutputEvent[] {
    this.incoming.close();
    return this.goOn();
  }

  private goOn(): OutputEvent[] {
    this.script.next();
    return this.incoming.takeEvents();
  }
}
