// Small context-free grammars as data, their spelling in two dialects, and a plain Earley recogniser (Earley 1970, with
// nullable prediction after Aycock and Horspool 2002) that serves as an oracle: it shares nothing with the library.
import type { Random } from "./random.ts";

/** Upper-case letters are rules, every other character is itself. Rule `S` is the start. An empty array is ε. */
export type Cfg = ReadonlyMap<string, readonly (readonly string[])[]>;

/** Reads `S: a | b S T b | ε; T: …`. Spaces are optional. */
export function parseCfg(text: string): Cfg {
  const rules = new Map<string, readonly (readonly string[])[]>();
  for (const line of text.split(";")) {
    const colon = line.indexOf(":");
    const alternatives = line.slice(colon + 1).split("|");
    rules.set(
      line.slice(0, colon).trim(),
      alternatives.map((each) => [...each.replaceAll(/[\sε]/g, "")]),
    );
  }
  return rules;
}

/** As GBNF, with rules `s`, `t`, … and root `s`. */
export function cfgToGbnf(cfg: Cfg): string {
  return spell(cfg, "::=", '""');
}

/** Reads what `cfgToGbnf` writes. */
export function cfgOfGbnf(text: string): Cfg {
  const symbols = (side: string): string[] =>
    side
      .split(" ")
      .map((each) => (each.startsWith('"') ? JSON.parse(each) : each.toUpperCase()))
      .filter((each) => each !== "");
  const lines = text.trimEnd().split("\n");
  return new Map(
    lines.map((line) => {
      const [name, sides] = line.split(" ::= ");
      return [name!.toUpperCase(), sides!.split(" | ").map(symbols)];
    }),
  );
}

/** As a Lark grammar, with the extra rule `start`. */
export function cfgToLark(cfg: Cfg): string {
  return `start: s\n${spell(cfg, ":", "")}`;
}

function spell(cfg: Cfg, arrow: string, epsilon: string): string {
  const symbol = (each: string): string => (cfg.has(each) ? each.toLowerCase() : JSON.stringify(each));
  const side = (each: readonly string[]): string => (each.length === 0 ? epsilon : each.map(symbol).join(" "));
  const lines = [...cfg].map(([name, sides]) => `${name.toLowerCase()} ${arrow} ${sides.map(side).join(" | ")}`);
  return `${lines.join("\n")}\n`;
}

/** A grammar with `rules` rules over a, b and c, in which every rule has a word. */
export function randomCfg(random: Random, rules: number): Cfg {
  const names = [..."STUVW"].slice(0, rules);
  for (;;) {
    const cfg = new Map(
      names.map((name) => [
        name,
        Array.from({ length: 1 + random.below(4) }, () =>
          Array.from({ length: random.below(5) }, () =>
            random.below(2) === 0 ? random.pick(names) : random.pick(["a", "b", "c"]),
          ),
        ),
      ]),
    );
    if (productiveRules(cfg).size === rules) return cfg;
  }
}

function productiveRules(cfg: Cfg): Set<string> {
  const productive = new Set<string>();
  for (let size = -1; size !== productive.size; ) {
    size = productive.size;
    for (const [name, sides] of cfg)
      if (sides.some((side) => side.every((each) => !cfg.has(each) || productive.has(each)))) productive.add(name);
  }
  return productive;
}

interface Item {
  readonly rule: string;
  readonly side: readonly string[];
  readonly dot: number;
  readonly origin: number;
}

/** Recognises prefixes of words. Every rule must have a word, or a live prefix may have no completion. */
export class EarleyOracle {
  readonly #cfg: Cfg;
  readonly #nullable = new Set<string>();
  readonly #sideId = new Map<readonly string[], number>();
  readonly #columns: Item[][] = [];

  constructor(cfg: Cfg) {
    this.#cfg = cfg;
    for (let size = -1; size !== this.#nullable.size; ) {
      size = this.#nullable.size;
      for (const [name, sides] of cfg)
        if (sides.some((side) => side.every((each) => this.#nullable.has(each)))) this.#nullable.add(name);
    }
    for (const side of [...cfg.values()].flat()) this.#sideId.set(side, this.#sideId.size);
    this.#columns.push(this.#close([], "S"));
  }

  /** Reads one character; false, and no change, where no word starts so. */
  push(character: string): boolean {
    const kernel = this.#columns
      .at(-1)!
      .filter((item) => item.side[item.dot] === character)
      .map((item) => ({ ...item, dot: item.dot + 1 }));
    if (kernel.length === 0) return false;
    this.#columns.push(this.#close(kernel, undefined));
    return true;
  }

  pop(): void {
    this.#columns.pop();
  }

  get isAccepting(): boolean {
    return this.#columns
      .at(-1)!
      .some((item) => item.rule === "S" && item.origin === 0 && item.dot === item.side.length);
  }

  /** The characters that may come next, sorted. */
  next(): string[] {
    const found = new Set<string>();
    for (const item of this.#columns.at(-1)!) {
      const symbol = item.side[item.dot];
      if (symbol !== undefined && !this.#cfg.has(symbol)) found.add(symbol);
    }
    return [...found].sort();
  }

  /** Items in the current column. */
  get width(): number {
    return this.#columns.at(-1)!.length;
  }

  #close(kernel: readonly Item[], predicted: string | undefined): Item[] {
    const position = this.#columns.length;
    const items: Item[] = [];
    const seen = new Set<string>();
    const add = (item: Item): void => {
      const key = `${this.#sideId.get(item.side)}.${item.dot}.${item.origin}`;
      if (seen.has(key)) return;
      seen.add(key);
      items.push(item);
    };
    const predict = (rule: string): void => {
      for (const side of this.#cfg.get(rule)!) add({ rule, side, dot: 0, origin: position });
    };
    if (predicted !== undefined) predict(predicted);
    for (const item of kernel) add(item);
    for (let i = 0; i < items.length; i++) {
      const item = items[i]!;
      const symbol = item.side[item.dot];
      if (symbol === undefined) {
        if (item.origin === position) continue; // an empty word: dealt with where the rule was predicted
        for (const waiting of this.#columns[item.origin]!)
          if (waiting.side[waiting.dot] === item.rule) add({ ...waiting, dot: waiting.dot + 1 });
      } else if (this.#cfg.has(symbol)) {
        predict(symbol);
        if (this.#nullable.has(symbol)) add({ ...item, dot: item.dot + 1 });
      }
    }
    return items;
  }
}
