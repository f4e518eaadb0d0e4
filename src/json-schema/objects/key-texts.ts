// The texts of an object's keys as one prefix tree: the declared keys from the start, other keys as they are read. A node is
// a text, so "is this key there already" is a comparison of integers, whatever escapes the key was written with.
import { ConstraintError } from "../../base/errors.ts";
import type { Limits } from "../../base/limits.ts";
import type { KeyAutomaton } from "./key-automaton.ts";

export class KeyTexts {
  /** The declared keys, by the bytes of their UTF-8: position i is the i-th of them. */
  readonly sorted: readonly string[];
  private readonly children = new Map<number, number>();
  private readonly parents: number[] = [-1];
  private readonly bytes: number[] = [-1];
  /** By node: the last child made, and the one made before it under the same parent; −1: none. */
  private readonly lastChild: number[] = [-1];
  private readonly previousSibling: number[] = [-1];
  private readonly automatonStates: number[];
  /** By node: the declared keys that begin with its text are at positions `low` … `high` − 1. */
  private readonly low: number[];
  private readonly high: number[];
  private readonly declared: number[] = [-1];
  private readonly automaton: KeyAutomaton;
  private readonly limits: Limits;

  constructor(declared: readonly string[], automaton: KeyAutomaton, limits: Limits) {
    this.automaton = automaton;
    this.limits = limits;
    const encoder = new TextEncoder();
    const encoded = declared
      .map((key) => ({ key, bytes: encoder.encode(key) }))
      .sort((a, b) => compare(a.bytes, b.bytes));
    this.sorted = encoded.map(({ key }) => key);
    this.automatonStates = [automaton.start];
    this.low = [0];
    this.high = [encoded.length];
    encoded.forEach(({ bytes }, position) => {
      let node = 0;
      for (const byte of bytes) {
        const known = this.children.get(node * 256 + byte);
        node = known ?? this.add(node, byte, position);
        this.high[node] = position + 1;
      }
      this.declared[node] = position;
    });
  }

  get size(): number {
    return this.parents.length;
  }

  /** The node of the text with `byte` added; made if it isn't there. Throws "limit" over `limits.maxStates` nodes. */
  child(node: number, byte: number): number {
    return this.children.get(node * 256 + byte) ?? this.add(node, byte, -1);
  }

  /** The node of the text with `byte` added, −1 if nothing has made it. */
  existingChild(node: number, byte: number): number {
    return this.children.get(node * 256 + byte) ?? -1;
  }

  /** The bytes that lead on from the text to others of the tree, those for which `isWanted` holds. */
  bytesFrom(node: number, isWanted: (child: number, byte: number) => boolean): number[] {
    const found: number[] = [];
    for (let child = this.lastChild[node]!; child >= 0; child = this.previousSibling[child]!) {
      if (isWanted(child, this.bytes[child]!)) found.push(this.bytes[child]!);
    }
    return found;
  }

  automatonState(node: number): number {
    return this.automatonStates[node]!;
  }

  /** The position of the declared key with that text, −1 if there is none. */
  declaredAt(node: number): number {
    return this.declared[node]!;
  }

  lowAt(node: number): number {
    return this.low[node]!;
  }

  highAt(node: number): number {
    return this.high[node]!;
  }

  /** The bytes that lead from the text of `from` to that of `node`, which begins with it. */
  bytesBetween(from: number, node: number): number[] {
    const bytes: number[] = [];
    for (let at = node; at !== from; at = this.parents[at]!) bytes.push(this.bytes[at]!);
    return bytes.reverse();
  }

  private add(node: number, byte: number, position: number): number {
    const id = this.parents.length;
    if (id > this.limits.maxStates) {
      throw new ConstraintError("limit", `An object's keys have more than ${this.limits.maxStates} characters`);
    }
    this.children.set(node * 256 + byte, id);
    this.parents.push(node);
    this.bytes.push(byte);
    this.lastChild.push(-1);
    this.previousSibling.push(this.lastChild[node]!);
    this.lastChild[node] = id;
    this.automatonStates.push(this.automaton.step(this.automatonStates[node]!, byte));
    this.low.push(position < 0 ? 0 : position);
    this.high.push(0);
    this.declared.push(-1);
    return id;
  }
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
