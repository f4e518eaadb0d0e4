// Which of many words have just been read? Aho and Corasick's automaton ("Efficient string matching", 1975), with its failure links
// resolved: one look-up a byte. Words are of two kinds: *stops*, which end a free text, and *excludes*, which it may not hold.

/** Node 0 is the root: no word has begun. */
export class AhoCorasick {
  readonly size: number;
  /** By byte: its column of the table; 0 for the bytes in no word, which lead to the root. */
  readonly columnOf = new Uint16Array(256);
  private readonly columns: number;
  private readonly next: Int32Array;
  /** By node: 1 where some word ends there. */
  private readonly ends: Uint8Array;
  /** By node: 1 where a stop ends there. */
  private readonly stopEnds: Uint8Array;

  /** Cost: the words' bytes, times the different ones. */
  constructor(stops: readonly Uint8Array[], excludes: readonly Uint8Array[]) {
    let columns = 1;
    let most = 1;
    for (const word of [...stops, ...excludes]) {
      most += word.length;
      for (const byte of word) if (this.columnOf[byte] === 0) this.columnOf[byte] = columns++;
    }
    this.columns = columns;
    this.next = new Int32Array(most * columns);
    this.ends = new Uint8Array(most);
    this.stopEnds = new Uint8Array(most);
    let size = 1;
    const add = (word: Uint8Array): number => {
      let node = 0;
      for (const byte of word) {
        const at = node * columns + this.columnOf[byte]!;
        if (this.next[at] === 0) this.next[at] = size++;
        node = this.next[at]!;
      }
      this.ends[node] = 1;
      return node;
    };
    for (const word of excludes) add(word);
    for (const word of stops) this.stopEnds[add(word)] = 1;
    this.size = size;
    this.resolveFailures();
  }

  /** Breadth first, so that a shorter node's row is complete: a missing child is that of the node's longest proper suffix. */
  private resolveFailures(): void {
    const { columns, next, ends, stopEnds } = this;
    const fail = new Int32Array(this.size);
    const queue: number[] = [];
    for (let c = 1; c < columns; c++) if (next[c] !== 0) queue.push(next[c]!);
    for (let i = 0; i < queue.length; i++) {
      const node = queue[i]!;
      const suffix = fail[node]!;
      ends[node]! |= ends[suffix]!;
      stopEnds[node]! |= stopEnds[suffix]!;
      for (let c = 1; c < columns; c++) {
        const child = next[node * columns + c]!;
        const other = next[suffix * columns + c]!;
        if (child === 0) {
          next[node * columns + c] = other;
          continue;
        }
        fail[child] = other;
        queue.push(child);
      }
    }
  }

  step(node: number, byte: number): number {
    return this.next[node * this.columns + this.columnOf[byte]!]!;
  }

  /** Does some word end at `node`? */
  endsWord(node: number): boolean {
    return this.ends[node] === 1;
  }

  /** After `node`, is a stop complete before the last byte of `word`? */
  stopsBefore(node: number, word: Uint8Array): boolean {
    let at = node;
    for (let i = 0; i < word.length - 1; i++) {
      at = this.step(at, word[i]!);
      if (this.stopEnds[at] === 1) return true;
    }
    return false;
  }
}
