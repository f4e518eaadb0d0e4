// Scratch for closing sets of items: it is emptied and filled again for every byte, and never given away.
import { grow } from "../base/interner.ts";

/** A growing list of pairs of integers. */
export class Pairs {
  length = 0;
  data: Int32Array = new Int32Array(16);
  private places: Int32Array = new Int32Array(64);

  first(index: number): number {
    return this.data[2 * index]!;
  }

  second(index: number): number {
    return this.data[2 * index + 1]!;
  }

  add(first: number, second: number): void {
    const at = 2 * this.length++;
    if (at + 3 >= this.data.length) this.data = grow(this.data, at + 4);
    this.data[at] = first;
    this.data[at + 1] = second;
  }

  set(index: number, first: number, second: number): void {
    this.data[2 * index] = first;
    this.data[2 * index + 1] = second;
  }

  clear(): void {
    this.length = 0;
  }

  /** The pairs with one number before them all; destroys the list's order of places until `clear`. */
  withFront(front: number): Int32Array {
    this.data.copyWithin(1, 0, 2 * this.length);
    this.data[0] = front;
    return this.data;
  }

  /** Sorts by the first number, then by the second, and leaves each pair once. Long lists tend to be mostly repeats. */
  normalise(): void {
    const { data } = this;
    if (this.length > 24) {
      this.dropRepeats();
      this.sortByKey();
      return;
    }
    let to = 0;
    for (let i = 0; i < this.length; i++) {
      const first = data[2 * i]!;
      const second = data[2 * i + 1]!;
      let at = to - 1;
      while (at >= 0 && (data[2 * at]! > first || (data[2 * at] === first && data[2 * at + 1]! > second))) at--;
      if (at >= 0 && data[2 * at] === first && data[2 * at + 1] === second) continue;
      data.copyWithin(2 * at + 4, 2 * at + 2, 2 * to);
      data[2 * at + 2] = first;
      data[2 * at + 3] = second;
      to++;
    }
    this.length = to;
  }

  private sortByKey(): void {
    const { data, length } = this;
    const keys = new Float64Array(length);
    for (let i = 0; i < length; i++) keys[i] = data[2 * i]! * 0x80000000 + data[2 * i + 1]!;
    keys.sort();
    for (let i = 0; i < length; i++) {
      const first = Math.floor(keys[i]! / 0x80000000);
      data[2 * i] = first;
      data[2 * i + 1] = keys[i]! - first * 0x80000000;
    }
  }

  /** By a hash table: linear. */
  private dropRepeats(): void {
    const { data, length } = this;
    let size = 64;
    while (size < 2 * length) size *= 2;
    if (size > this.places.length) this.places = new Int32Array(size);
    const { places } = this;
    places.fill(0, 0, size);
    let to = 0;
    for (let i = 0; i < length; i++) {
      const first = data[2 * i]!;
      const second = data[2 * i + 1]!;
      let place = (Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b)) >>> 7;
      for (; ; place++) {
        const other = places[(place &= size - 1)]!;
        if (other === 0 || (data[2 * other - 2] === first && data[2 * other - 1] === second)) break;
      }
      if (places[place] !== 0) continue;
      data[2 * to] = first;
      data[2 * to + 1] = second;
      places[place] = ++to;
    }
    this.length = to;
  }
}

/** A set of small integers that is emptied in no time. */
export class Stamps {
  private stamps: Int32Array = new Int32Array(256);
  private stamp = 0;

  next(size: number): void {
    this.stamp++;
    if (size > this.stamps.length) this.stamps = grow(this.stamps, size);
  }

  /** Adds; false if it was in. */
  mark(value: number): boolean {
    if (this.stamps[value] === this.stamp) return false;
    this.stamps[value] = this.stamp;
    return true;
  }
}

/** A binary heap of integers. */
export class MinHeap {
  private readonly heap: number[] = [];

  get length(): number {
    return this.heap.length;
  }

  clear(): void {
    this.heap.length = 0;
  }

  push(value: number): void {
    const { heap } = this;
    let at = heap.push(value) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]! <= value) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = value;
  }

  /** Takes out the least value, with its repeats. */
  pop(): number {
    const least = this.heap[0]!;
    while (this.heap[0] === least) this.removeFirst();
    return least;
  }

  private removeFirst(): void {
    const { heap } = this;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= last) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}
