// Free text of any length as a procedure: its DFA, once it is known which of its rules have words.
import type { ByteSet } from "../base/byte-set.ts";
import { DfaProcedure } from "../term/dfa-procedure.ts";
import type { Call, Procedure, Run, TokenStep } from "../term/procedure.ts";
import type { Rule } from "../term/term.ts";
import type { FreeText } from "./free-text.ts";

export class TextProcedure implements Procedure {
  private readonly text: FreeText;
  private dfa!: DfaProcedure;

  constructor(text: FreeText) {
    this.text = text;
  }

  get rules(): readonly Rule[] {
    return this.text.rules;
  }

  canComplete(productive: (rule: Rule) => boolean): boolean {
    return this.text.canComplete(productive);
  }

  isNullable(): boolean {
    return this.text.isNullable;
  }

  bind(productive: (rule: Rule) => boolean): void {
    this.dfa = new DfaProcedure(this.text.dfa(productive));
  }

  get start(): number {
    return this.dfa.start;
  }

  step(state: number, byte: number): number {
    return this.dfa.step(state, byte);
  }

  isAccepting(state: number): boolean {
    return this.dfa.isAccepting(state);
  }

  reads(state: number): ByteSet {
    return this.dfa.reads(state);
  }

  canSpare(bytes: ByteSet): boolean {
    return this.dfa.canSpare(bytes);
  }

  calls(state: number): readonly Call[] {
    return this.dfa.calls(state);
  }

  tokens(state: number): readonly TokenStep[] {
    return this.dfa.tokens(state);
  }

  run(state: number): Run | null {
    return this.dfa.run(state);
  }
}
