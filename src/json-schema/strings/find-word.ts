// Is there a word in some languages and in none of others? A search of the product of their automata, nearest to an end first: a word that tells them
// apart is mostly short, and the product large.
import { Interner } from "../../base/interner.ts";
import { commonClasses, type Dfa } from "../../term/dfa-table.ts";

/** Keeps, of each automaton, how far its states are from an end. */
export class WordFinder {
  private readonly distances = new Map<Dfa, Int32Array>();

  /** `isWanted[i]`: the word must be in `dfas[i]`; else it mustn't. Undefined where more than `maxSearched` places of the product are met. */
  finds(dfas: readonly Dfa[], isWanted: readonly boolean[], maxSearched: number): boolean | undefined {
    if (dfas.some((dfa, i) => isWanted[i] && dfa.start === 0)) return false;
    const { representatives } = commonClasses(dfas);
    const classes = dfas.map(({ classOf }) => Uint8Array.from(representatives, (byte) => classOf[byte]!));
    const distances = dfas.map((dfa, i) => (isWanted[i] ? this.distancesOf(dfa) : null));
    const places = new Interner();
    /** Places that aren't followed yet, by how many bytes are ahead at least. */
    const todo: number[][] = [];
    let nearest = 0;
    const meet = (states: ArrayLike<number>): void => {
      const { size } = places;
      const place = places.intern(states);
      if (place < size) return;
      let distance = 0;
      for (let i = 0; i < dfas.length; i++) distance = Math.max(distance, distances[i]?.[states[i]!] ?? 0);
      (todo[distance] ??= []).push(place);
      nearest = Math.min(nearest, distance);
    };
    meet(dfas.map((dfa) => dfa.start));
    const next = new Int32Array(dfas.length);
    /** The step of one automaton; false where it is lost and wanted. */
    const step = (i: number, state: number, byteClass: number): boolean => {
      const { next: table, classCount } = dfas[i]!;
      next[i] = table[state * classCount + classes[i]![byteClass]!]!;
      return next[i] !== 0 || !isWanted[i]!;
    };
    while (nearest < todo.length) {
      const place = todo[nearest]?.pop();
      if (place === undefined) {
        nearest++;
        continue;
      }
      if (places.size > maxSearched) return undefined;
      const from = places.start(place);
      if (dfas.every((dfa, i) => (dfa.accepting[places.items[from + i]!] === 1) === isWanted[i])) return true;
      for (let c = 0; c < representatives.length; c++) {
        let i = 0;
        while (i < dfas.length && step(i, places.items[from + i]!, c)) i++;
        if (i === dfas.length) meet(next);
      }
    }
    return false;
  }

  /** By state: the least number of bytes to an end. */
  private distancesOf(dfa: Dfa): Int32Array {
    let distances = this.distances.get(dfa);
    if (distances === undefined) this.distances.set(dfa, (distances = computeDistances(dfa)));
    return distances;
  }
}

function computeDistances({ size, classCount, next, accepting }: Dfa): Int32Array {
  const into: number[][] = Array.from({ length: size }, () => []);
  for (let at = classCount; at < size * classCount; at++) {
    const from = Math.floor(at / classCount);
    const froms = into[next[at]!]!;
    if (froms.at(-1) !== from) froms.push(from);
  }
  const distances = new Int32Array(size);
  let now = Array.from(accepting.keys()).filter((state) => accepting[state] === 1);
  const met = Uint8Array.from(accepting);
  for (let distance = 0; now.length > 0; distance++) {
    const further: number[] = [];
    for (const state of now) {
      distances[state] = distance;
      for (const from of into[state]!) {
        if (met[from] === 1) continue;
        met[from] = 1;
        further.push(from);
      }
    }
    now = further;
  }
  return distances;
}
