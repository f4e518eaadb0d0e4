// How far the states of an NFA are from its end, in characters: bytes that aren't continuation bytes of UTF-8, so that lengths
// of texts can be told from it; in other languages such bytes are merely what is counted.
import type { ByteSet } from "../base/byte-set.ts";
import type { Nfa } from "./nfa.ts";

export interface CharacterDistances {
  /** By NFA state: no word from there has fewer characters; −1 where there is no word. */
  readonly least: Int32Array;
  /** No word from there has more; Infinity where there is no bound. */
  readonly most: Float64Array;
}

/** Cost: linear in the NFA. */
export function characterDistances(nfa: Nfa): CharacterDistances {
  const edges = edgesByTarget(nfa);
  const least = leastDistances(nfa, edges);
  return { least, most: greatestDistances(nfa, edges, least) };
}

/** By target: triples of a state, and the least and the greatest number of characters read on the way from it. */
type EdgesByTarget = readonly (readonly number[])[];

function edgesByTarget(nfa: Nfa): EdgesByTarget {
  const edges: number[][] = Array.from({ length: nfa.epsilons.length }, () => []);
  for (let from = 0; from < edges.length; from++) {
    for (const to of nfa.epsilons[from]!) edges[to]!.push(from, 0, 0);
    for (const { set, to } of nfa.byteEdges[from]!) {
      edges[to]!.push(from, hasContinuation(set) ? 0 : 1, hasOther(set) ? 1 : 0);
    }
    for (const { to } of nfa.symbolEdges[from]!) edges[to]!.push(from, 0, Number.POSITIVE_INFINITY);
  }
  return edges;
}

/** Bytes 0x80–0xBF are words 4 and 5 of a set. */
function hasContinuation(set: ByteSet): boolean {
  return (set[4]! | set[5]!) !== 0;
}

function hasOther(set: ByteSet): boolean {
  return (set[0]! | set[1]! | set[2]! | set[3]! | set[6]! | set[7]!) !== 0;
}

/** Breadth first from the end, a number of characters at a time. */
function leastDistances(nfa: Nfa, edges: EdgesByTarget): Int32Array {
  const least = new Int32Array(nfa.epsilons.length).fill(-1);
  let now = [nfa.accept];
  for (let distance = 0; now.length > 0; distance++) {
    const next: number[] = [];
    for (let state = now.pop(); state !== undefined; state = now.pop()) {
      if (least[state] !== -1) continue;
      least[state] = distance;
      const into = edges[state]!;
      for (let i = 0; i < into.length; i += 3)
        if (least[into[i]!] === -1) (into[i + 1] === 0 ? now : next).push(into[i]!);
    }
    now = next;
  }
  return least;
}

/** A state is settled when all that it leads to is; what comes to a loop never is. */
function greatestDistances(nfa: Nfa, edges: EdgesByTarget, least: Int32Array): Float64Array {
  const size = nfa.epsilons.length;
  const unsettled = new Int32Array(size);
  for (let to = 0; to < size; to++) {
    if (least[to] === -1) continue;
    for (let i = 0; i < edges[to]!.length; i += 3) unsettled[edges[to]![i]!]!++;
  }
  const most = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const reached = new Float64Array(size);
  const settled = unsettled[nfa.accept] === 0 ? [nfa.accept] : [];
  for (let state = settled.pop(); state !== undefined; state = settled.pop()) {
    most[state] = reached[state]!;
    const into = edges[state]!;
    for (let i = 0; i < into.length; i += 3) {
      const from = into[i]!;
      reached[from] = Math.max(reached[from]!, reached[state]! + into[i + 2]!);
      if (--unsettled[from]! === 0) settled.push(from);
    }
  }
  return most;
}
