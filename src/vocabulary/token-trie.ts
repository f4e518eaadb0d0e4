// The byte trie of a vocabulary: what the mask engine walks. Nodes are numbered in preorder, so that a subtree is an
// interval of nodes and its tokens an interval of ids; skipping a subtree is one jump. Method: sort the tokens by bytes
// (four bytes at a time, packed with their position into one float64, which a typed array sorts natively), then read the
// nodes off the common prefixes of neighbours.
import { ConstraintError } from "../base/errors.ts";

/** Bytes of the longest token that a trie takes. */
export const maxTokenBytes = 0xffff;

/** Bytes of all tokens together: half of what an index of 32 bits reaches, since room is doubled. */
const maxTrieBytes = 1 << 30;

/** Tokens that one trie takes: position and four bytes must fit into the 53 bits of a sort key. */
export const maxTrieTokens = 1 << 20;

/** Byte trie in preorder, flat typed arrays. Node 0 is the root (its byte is meaningless). */
export class TokenTrie {
  /** Number of nodes, root included. */
  readonly size: number;
  /** Byte on the edge into node i. */
  readonly byte: Uint8Array;
  /**
   * Preorder index just after node i's subtree. The first child of i is i + 1 (if i + 1 < end[i]), the next sibling of a
   * child c is end[c] (if end[c] < end[i]); siblings are in ascending order of bytes.
   */
  readonly end: Int32Array;
  /** Bytes from the root. */
  readonly depth: Uint16Array;
  /** The largest depth. */
  readonly maxDepth: number;
  /**
   * Length size + 1. The ids of node i are tokenIds[tokenStart[i] .. tokenStart[i + 1]), those of its whole subtree
   * tokenIds[tokenStart[i] .. tokenStart[end[i]]).
   */
  readonly tokenStart: Int32Array;
  /** Ids in the order of their nodes, ascending within a node. */
  readonly tokenIds: Int32Array;
  /** 256 entries: the child of the root by byte, or −1. */
  readonly rootChild: Int32Array;
  /** The bytes that tokens begin with, ascending. */
  readonly rootBytes: Uint8Array;

  /** May an id be at several nodes? Only after a merge of nodes that lie below one another. */
  readonly hasRepeats: boolean;

  private constructor(
    byte: Uint8Array,
    depth: Uint16Array,
    tokenStart: Int32Array,
    tokenIds: Int32Array,
    hasRepeats = false,
  ) {
    this.hasRepeats = hasRepeats;
    this.size = byte.length;
    this.byte = byte;
    this.depth = depth;
    this.maxDepth = depth.reduce((most, each) => Math.max(most, each), 0);
    this.tokenStart = tokenStart;
    this.tokenIds = tokenIds;
    this.end = subtreeEnds(depth);
    this.rootChild = new Int32Array(256).fill(-1);
    for (let child = 1; child < this.size; child = this.end[child]!) this.rootChild[byte[child]!] = child;
    this.rootBytes = Uint8Array.from(this.rootChild.keys()).filter((each) => this.rootChild[each]! >= 0);
  }

  /**
   * The trie of the tokens 0 … `count` − 1. `bytes(id)` is asked once for each id; tokens whose bytes are null or empty
   * are not in the trie. Throws code "limit" beyond `maxTokenBytes` or `maxTrieTokens`. Cost: n log n in the tokens.
   */
  static build(bytes: (id: number) => Uint8Array | null, count: number): TokenTrie {
    const text = packTokens(bytes, count);
    const order = sortByBytes(text);
    const { data, offset, ids } = text;
    const n = order.length;

    // What token k shares with its predecessor is there already; the rest of its bytes are new nodes.
    const shared = new Int32Array(n);
    let size = 1;
    for (let k = 0; k < n; k++) {
      const from = offset[order[k]!]!;
      const length = offset[order[k]! + 1]! - from;
      let common = 0;
      if (k > 0) {
        const before = offset[order[k - 1]!]!;
        const most = Math.min(length, offset[order[k - 1]! + 1]! - before);
        while (common < most && data[from + common] === data[before + common]) common++;
      }
      shared[k] = common;
      size += length - common;
    }

    const byte = new Uint8Array(size);
    const depth = new Uint16Array(size);
    const tokenStart = new Int32Array(size + 1);
    const tokenIds = new Int32Array(n);
    let node = 0;
    for (let k = 0; k < n; k++) {
      const from = offset[order[k]!]!;
      const length = offset[order[k]! + 1]! - from;
      for (let i = shared[k]!; i < length; i++) {
        node++;
        byte[node] = data[from + i]!;
        depth[node] = i + 1;
        tokenStart[node] = k;
      }
      tokenIds[k] = ids[order[k]!]!;
    }
    tokenStart[size] = n;
    return new TokenTrie(byte, depth, tokenStart, tokenIds);
  }

  /**
   * Merges the subtrees of several nodes of `trie` into one new trie: its root stands for all of those nodes at once and
   * has their ids; below it are their children by byte, and so on down. A node given twice counts once; nodes may lie below
   * one another (an id then occurs at several nodes). Cost: linear in the nodes of these subtrees.
   */
  static merge(trie: TokenTrie, nodes: Int32Array | readonly number[]): TokenTrie {
    const sources = [...new Set(nodes)].sort((a, b) => a - b);
    const hasRepeats = trie.hasRepeats || sources.some((node, i) => i > 0 && node < trie.end[sources[i - 1]!]!);
    let maxNodes = 1;
    let maxIds = 0;
    for (const source of sources) {
      maxNodes += trie.end[source]! - source - 1;
      maxIds += trie.tokenStart[trie.end[source]!]! - trie.tokenStart[source]!;
    }
    const byte = new Uint8Array(maxNodes);
    const depth = new Uint16Array(maxNodes);
    const tokenStart = new Int32Array(maxNodes + 1);
    const tokenIds = new Int32Array(maxIds);
    let size = 0;
    let ids = 0;

    // A stack of groups: nodes of `trie` that become one node. Depth and byte are those of the node to be.
    const stack = sources;
    const groups = [{ length: sources.length, depth: 0, byte: 0 }];
    const children: number[] = [];
    for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
      const first = stack.length - group.length;
      byte[size] = group.byte;
      depth[size] = group.depth;
      tokenStart[size] = ids;
      size++;

      if (group.length === 1) {
        // Alone from here on: the whole subtree is copied as it stands.
        const node = stack.pop()!;
        const end = trie.end[node]!;
        const down = group.depth - trie.depth[node]!;
        const along = ids - trie.tokenStart[node]!;
        byte.set(trie.byte.subarray(node + 1, end), size);
        for (let i = node + 1; i < end; i++, size++) {
          depth[size] = trie.depth[i]! + down;
          tokenStart[size] = trie.tokenStart[i]! + along;
        }
        const subtree = trie.tokenIds.subarray(trie.tokenStart[node]!, trie.tokenStart[end]!);
        tokenIds.set(subtree, ids);
        ids += subtree.length;
        continue;
      }

      const firstId = ids;
      children.length = 0;
      for (let k = first; k < stack.length; k++) {
        const node = stack[k]!;
        for (let t = trie.tokenStart[node]!; t < trie.tokenStart[node + 1]!; t++) tokenIds[ids++] = trie.tokenIds[t]!;
        const end = trie.end[node]!;
        for (let child = node + 1; child < end; child = trie.end[child]!) children.push(child);
      }
      if (ids - firstId > 1) tokenIds.subarray(firstId, ids).sort();
      stack.length = first;
      sortByByteDescending(children, trie.byte);
      for (let k = 0; k < children.length; ) {
        const label = trie.byte[children[k]!]!;
        const start = k;
        while (k < children.length && trie.byte[children[k]!] === label) stack.push(children[k++]!);
        groups.push({ length: k - start, depth: group.depth + 1, byte: label });
      }
    }
    tokenStart[size] = ids;
    return new TokenTrie(
      byte.slice(0, size),
      depth.slice(0, size),
      tokenStart.slice(0, size + 1),
      tokenIds.slice(0, ids),
      hasRepeats,
    );
  }

  /** The child of `node` by `byte`, or −1. Cost: the number of children; constant at the root. */
  child(node: number, byte: number): number {
    if (node === 0) return this.rootChild[byte]!;
    const end = this.end[node]!;
    for (let child = node + 1; child < end; child = this.end[child]!) if (this.byte[child] === byte) return child;
    return -1;
  }
}

/** The tokens that have bytes, one after the other: the bytes of the k-th are data[offset[k] .. offset[k + 1]). */
interface PackedTokens {
  readonly data: Uint8Array;
  readonly offset: Int32Array;
  /** Ascending. */
  readonly ids: Int32Array;
}

function packTokens(bytes: (id: number) => Uint8Array | null, count: number): PackedTokens {
  if (count > maxTrieTokens) throw new ConstraintError("limit", `${count} tokens; at most ${maxTrieTokens} fit`);
  // Room for eight bytes a token, doubled when it runs out: a second pass over the tokens would cost more.
  let data = new Uint8Array(8 * count);
  const offset = new Int32Array(count + 1);
  const ids = new Int32Array(count);
  let at = 0;
  let n = 0;
  for (let id = 0; id < count; id++) {
    const token = bytes(id);
    if (token === null || token.length === 0) continue;
    if (token.length > maxTokenBytes) {
      throw new ConstraintError("limit", `Token ${id} has ${token.length} bytes; at most ${maxTokenBytes} fit`);
    }
    if (at + token.length > data.length) {
      if (at + token.length > maxTrieBytes) {
        throw new ConstraintError("limit", `The tokens have more than ${maxTrieBytes} bytes in all`);
      }
      const larger = new Uint8Array(2 * (at + token.length));
      larger.set(data);
      data = larger;
    }
    for (let i = 0; i < token.length; i++) data[at++] = token[i]!;
    ids[n++] = id;
    offset[n] = at;
  }
  return { data, offset: offset.subarray(0, n + 1), ids: ids.subarray(0, n) };
}

/** Below this many tokens, comparing bytes beats packing keys. */
const smallRange = 12;

/** Positions of the tokens in ascending order of bytes; those with the same bytes in ascending order of ids. */
function sortByBytes({ data, offset, ids }: PackedTokens): Int32Array {
  const n = ids.length;
  const order = new Int32Array(n);
  for (let k = 0; k < n; k++) order[k] = k;
  const keys = new Float64Array(n);
  const scratch = new Int32Array(n);
  // Ranges of `order` that agree in all bytes before `skip`: from, to, skip.
  const ranges = [0, n, 0];
  while (ranges.length > 0) {
    const skip = ranges.pop()!;
    const to = ranges.pop()!;
    const from = ranges.pop()!;
    if (to - from <= smallRange) {
      insertionSort(order, from, to, skip, data, offset);
      continue;
    }
    // A digit is the byte + 1, or 0 behind the end: base 257. 257⁴ · 2²⁰ < 2⁵³.
    for (let k = from; k < to; k++) {
      const token = order[k]!;
      const end = offset[token + 1]!;
      let at = offset[token]! + skip;
      let key = 0;
      for (let i = 0; i < 4; i++, at++) key = key * 257 + (at < end ? data[at]! + 1 : 0);
      keys[k] = key * maxTrieTokens + (k - from);
    }
    const sorted = keys.subarray(from, to).sort();
    scratch.set(order.subarray(from, to), from);
    for (let k = 0; k < sorted.length; k++) order[from + k] = scratch[from + (sorted[k]! % maxTrieTokens)]!;
    let start = 0;
    let digits = Math.floor(sorted[0]! / maxTrieTokens);
    for (let k = 1; k <= sorted.length; k++) {
      const next = k < sorted.length ? Math.floor(sorted[k]! / maxTrieTokens) : -1;
      if (next === digits) continue;
      // The last digit 0: these tokens end here, all with the same bytes.
      if (k - start > 1 && digits % 257 !== 0) ranges.push(from + start, from + k, skip + 4);
      start = k;
      digits = next;
    }
  }
  return order;
}

function insertionSort(
  order: Int32Array,
  from: number,
  to: number,
  skip: number,
  data: Uint8Array,
  offset: Int32Array,
): void {
  for (let k = from + 1; k < to; k++) {
    const token = order[k]!;
    const start = offset[token]! + skip;
    const end = offset[token + 1]!;
    let j = k;
    for (; j > from; j--) {
      const other = order[j - 1]!;
      let a = offset[other]! + skip;
      let b = start;
      const otherEnd = offset[other + 1]!;
      while (a < otherEnd && b < end && data[a] === data[b]) {
        a++;
        b++;
      }
      const isGreater = a < otherEnd && (b === end || data[a]! > data[b]!);
      if (!isGreater) break;
      order[j] = other;
    }
    order[j] = token;
  }
}

/** For each node the preorder index just after its subtree, from the depths alone. */
function subtreeEnds(depth: Uint16Array): Int32Array {
  const size = depth.length;
  const end = new Int32Array(size);
  let height = 0;
  for (let node = 1; node < size; node++) if (depth[node]! > height) height = depth[node]!;
  const open = new Int32Array(height + 1);
  let deepest = 0;
  for (let node = 1; node < size; node++) {
    const d = depth[node]!;
    while (deepest >= d) end[open[deepest--]!] = node;
    open[d] = node;
    deepest = d;
  }
  while (deepest >= 0) end[open[deepest--]!] = size;
  return end;
}

/** Sorts in place; a counting sort when there are many. */
function sortByByteDescending(nodes: number[], byte: Uint8Array): void {
  if (nodes.length <= 24) {
    for (let k = 1; k < nodes.length; k++) {
      const node = nodes[k]!;
      let j = k;
      for (; j > 0 && byte[nodes[j - 1]!]! < byte[node]!; j--) nodes[j] = nodes[j - 1]!;
      nodes[j] = node;
    }
    return;
  }
  const place = new Int32Array(257);
  for (const node of nodes) place[255 - byte[node]! + 1]!++;
  for (let b = 0; b < 256; b++) place[b + 1]! += place[b]!;
  for (const node of [...nodes]) nodes[place[255 - byte[node]!]!++] = node;
}
