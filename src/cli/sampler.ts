// Random words of a program, by derivation: a walk down its procedures that never needs to back up. Every step is drawn by what it
// costs to get from there to an end, so that a text is short where nothing asks for more, and ends once it is long enough.
//
// The costs: the least word of each rule by Knuth's generalisation of Dijkstra's algorithm (1977), and inside a procedure a search
// over its local states, which remembers every path it found. Upper bounds are enough, since a procedure's state can always complete:
// the search leaves out bytes that hardly ever begin a short way, and where it gives up the walk goes on at random.
import { ConstraintError } from "../index.ts";
import type { Procedure } from "../term/procedure.ts";
import type { Program } from "../term/program.ts";

/** Local states that one search may open, and, at first, for rules whose calls may not have an end yet. */
const maxSearched = 10_000;
const maxSearchedAtFirst = 300;
/**
 * How many ways on from a state a search looks at: few first, since each further character of an open key is a state of its own. With one,
 * the way it finds may be long: good enough on the way, but not for a rule as a whole.
 */
const widthsOnTheWay = [1, 2, 8, 256];
const widthsForRules = [2, 1, 8, 256];
const maxSearchedNarrowly = 100;
/** Searches of one procedure that may fail before the walk through it is left to chance. */
/** Bytes of one class, leading apart, whose costs are searched for. */
const maxTargetsOfClass = 3;
const maxFailures = 3;
const maxSampleBytes = 1_000_000;
const maxSteps = 4_000_000;

const backslash = 0x5c;
/** Bytes by how likely they begin a short way to the end: what closes, then a digit, letters, the rest. */
const searchOrder = bytesInSearchOrder();

interface Frame {
  readonly rule: number;
  state: number;
}

/** A way on: stop (`byte` −1, `rule` −1), a byte, or a call; the state after it, and its cost with the way from there to the rule's end. */
interface Step {
  readonly byte: number;
  readonly rule: number;
  readonly to: number;
  readonly cost: number;
}

interface ByteClass {
  readonly name: string;
  readonly weight: number;
}

/** What a person would write most, likeliest. */
const letter: ByteClass = { name: "letter", weight: 1 };
const sign: ByteClass = { name: "sign", weight: 0.5 };
const quote: ByteClass = { name: "quote", weight: 0.5 };
const blank: ByteClass = { name: "blank", weight: 0.15 };
const long: ByteClass = { name: "long", weight: 0.02 };
const escapeSign: ByteClass = { name: "escape", weight: 0.003 };

export class Sampler {
  private readonly program: Program;
  /** By rule: the cost of a short word of it; Infinity where none is known. */
  private readonly least: number[];
  /** By rule: local state → cost of a way from there to its end. */
  private readonly known: Map<number, number>[];
  private readonly failures: number[];

  /** Cost: a search in each rule, again where a rule that it calls turns out shorter. */
  constructor(program: Program) {
    this.program = program;
    this.least = program.procedures.map(() => Number.POSITIVE_INFINITY);
    this.known = program.procedures.map(() => new Map());
    this.failures = program.procedures.map(() => 0);
    this.settle(maxSearchedAtFirst);
    this.settle(maxSearched);
  }

  /**
   * A word, as bytes. `random` gives numbers in [0, 1). It gets longer than `maxBytes` only where the constraint asks for it. Throws a
   * ConstraintError "limit" where chance finds no end, "unsupported" where only a special token leads on.
   */
  sample(random: () => number, maxBytes: number): Uint8Array {
    const { procedures } = this.program;
    const bytes: number[] = [];
    const frames: Frame[] = [{ rule: 0, state: procedures[0]!.start }];
    // What the frames below the top one still cost.
    let below = 0;
    for (let steps = 0; frames.length > 0; steps++) {
      if (steps > maxSteps || bytes.length > maxSampleBytes) {
        throw new ConstraintError("limit", `no end was found within ${maxSampleBytes} bytes; try another --seed`);
      }
      const frame = frames[frames.length - 1]!;
      const step = this.choose(this.stepsFrom(frame), random, maxBytes - bytes.length - below);
      frame.state = step.to;
      if (step.byte >= 0) bytes.push(step.byte);
      else if (step.rule >= 0) {
        below += this.costToEnd(frame.rule, step.to);
        frames.push({ rule: step.rule, state: procedures[step.rule]!.start });
      } else {
        frames.pop();
        const caller = frames[frames.length - 1];
        if (caller !== undefined) below -= this.costToEnd(caller.rule, caller.state);
      }
    }
    return Uint8Array.from(bytes);
  }

  private stepsFrom({ rule, state }: Frame): Step[] {
    const procedure = this.program.procedures[rule]!;
    const steps: Step[] = [];
    if (procedure.isAccepting(state)) steps.push({ byte: -1, rule: -1, to: state, cost: 0 });
    for (const { rule: called, then } of procedure.calls(state)) {
      const id = this.program.ruleIds.get(called)!;
      steps.push({ byte: -1, rule: id, to: then, cost: 1 + this.least[id]! + this.search(rule, then) });
    }
    // Where each letter leads to a state of its own (in an open key), the cost of a few stands for all of their class.
    const searched = new Map<string, { targets: Set<number>; cost: number }>();
    for (let byte = 0; byte < 256; byte++) {
      const to = procedure.step(state, byte);
      if (to <= 0) continue;
      const name = byteClassOf(byte).name;
      let like = searched.get(name);
      if (like === undefined) searched.set(name, (like = { targets: new Set(), cost: 0 }));
      if (like.targets.size < maxTargetsOfClass || like.targets.has(to)) {
        like.targets.add(to);
        like.cost = 1 + this.search(rule, to);
      }
      steps.push({ byte, rule: -1, to, cost: like.cost });
    }
    if (steps.length === 0) {
      throw new ConstraintError("unsupported", "samples are text, and here only a model's special token leads on");
    }
    return steps;
  }

  /** Only steps that end within `left` bytes, or else the cheapest. Drawn by group, so that the 60 letters aren't 60 times likelier than an end. */
  private choose(steps: readonly Step[], random: () => number, left: number): Step {
    let cheapest = Number.POSITIVE_INFINITY;
    for (const { cost } of steps) cheapest = Math.min(cheapest, cost);
    const most = Math.max(cheapest, left);
    const groups = new Map<string, { steps: Step[]; weight: number }>();
    for (const step of steps) {
      if (step.cost > most) continue;
      const { name, weight } = classOf(step);
      const key = `${name} ${step.cost}`;
      const group = groups.get(key);
      const more = cheapest === Number.POSITIVE_INFINITY ? 0 : step.cost - cheapest;
      if (group === undefined) groups.set(key, { steps: [step], weight: weight / Math.sqrt(1 + more) });
      else group.steps.push(step);
    }
    const weighed = [...groups.values()].map(({ steps: members, weight }) => ({
      members,
      weight: weight * Math.sqrt(members.length),
    }));
    let at = random() * weighed.reduce((sum, { weight }) => sum + weight, 0);
    const { members } = weighed.find(({ weight }) => (at -= weight) < 0) ?? weighed[weighed.length - 1]!;
    return members[Math.floor(random() * members.length)]!;
  }

  private costToEnd(rule: number, state: number): number {
    const cost = this.search(rule, state);
    return cost === Number.POSITIVE_INFINITY ? 0 : cost;
  }

  private settle(budget: number): void {
    const { procedures, ruleIds } = this.program;
    const callers: number[][] = procedures.map(() => []);
    procedures.forEach((procedure, caller) => {
      for (const rule of procedure.rules) {
        const called = ruleIds.get(rule);
        if (called !== undefined) callers[called]!.push(caller);
      }
    });
    const queued = new Set(procedures.keys());
    // Callees were numbered after their callers: from the end on, most are settled at the first go.
    const todo = [...queued];
    for (let rule = todo.pop(); rule !== undefined; rule = todo.pop()) {
      queued.delete(rule);
      this.known[rule]!.clear();
      this.failures[rule] = 0;
      const cost = this.search(rule, procedures[rule]!.start, budget, widthsForRules);
      if (cost >= this.least[rule]!) continue;
      this.least[rule] = cost;
      for (const caller of callers[rule]!) {
        if (queued.has(caller)) continue;
        queued.add(caller);
        todo.push(caller);
      }
    }
    for (let rule = 0; rule < this.failures.length; rule++) this.failures[rule] = 0;
  }

  /** The cost of a way from `state` to an end of the rule; Infinity where none is found. */
  private search(rule: number, state: number, budget = maxSearched, widths = widthsOnTheWay): number {
    if (this.program.procedures[rule]!.isAccepting(state)) return 0;
    const known = this.known[rule]!.get(state);
    if (known !== undefined) return known;
    if (this.failures[rule]! >= maxFailures) return Number.POSITIVE_INFINITY;
    let cost: number | undefined;
    for (let i = 0; i < widths.length && cost === undefined; i++) {
      cost = this.searchAmong(rule, state, i < 2 ? Math.min(budget, maxSearchedNarrowly) : budget, widths[i]!);
    }
    if (cost === undefined) this.failures[rule]!++;
    return cost ?? Number.POSITIVE_INFINITY;
  }

  /** Dijkstra's algorithm, with a bucket for each cost: they are small integers. */
  private searchAmong(rule: number, from: number, budget: number, width: number): number | undefined {
    const procedure = this.program.procedures[rule]!;
    const remembered = this.known[rule]!;
    const costs = new Map([[from, 0]]);
    const cameFrom = new Map<number, number>();
    const buckets: number[][] = [[from]];
    let best = Number.POSITIVE_INFINITY;
    let bestAt = 0;
    let opened = 0;
    const reach = (to: number, at: number, cost: number): void => {
      if (cost >= (costs.get(to) ?? Number.POSITIVE_INFINITY)) return;
      costs.set(to, cost);
      cameFrom.set(to, at);
      (buckets[cost] ??= []).push(to);
    };
    for (let cost = 0; cost < buckets.length && cost < best && opened < budget; cost++) {
      for (const at of buckets[cost] ?? []) {
        if (costs.get(at) !== cost) continue;
        const rest = procedure.isAccepting(at) ? 0 : remembered.get(at);
        if (rest !== undefined) {
          if (cost + rest < best) {
            best = cost + rest;
            bestAt = at;
          }
          continue;
        }
        if (++opened > budget) break;
        for (const { rule: called, then } of procedure.calls(at)) {
          const word = this.least[this.program.ruleIds.get(called)!]!;
          if (word !== Number.POSITIVE_INFINITY) reach(then, at, cost + 1 + word);
        }
        for (const to of targets(procedure, at, width)) reach(to, at, cost + 1);
      }
    }
    if (best === Number.POSITIVE_INFINITY) return undefined;
    for (let at = bestAt; ; at = cameFrom.get(at)!) {
      remembered.set(at, best - costs.get(at)!);
      if (at === from) return best;
    }
  }
}

/** The states after a byte, each once: at most `width`, those that most likely lead to an end soon. */
function targets(procedure: Procedure, state: number, width: number): Set<number> {
  const found = new Set<number>();
  for (const byte of searchOrder) {
    // The order ends with what is rarely a short way: an escape, a blank, a longer character.
    if (found.size >= width || (width < 256 && found.size > 0 && !isPlain(byte))) break;
    const to = procedure.step(state, byte);
    if (to > 0) found.add(to);
  }
  return found;
}

function classOf({ byte, rule, to }: Step): ByteClass {
  if (rule >= 0) return { name: `call ${rule} ${to}`, weight: 1 };
  return byte < 0 ? { name: "stop", weight: 1 } : byteClassOf(byte);
}

function byteClassOf(byte: number): ByteClass {
  if (byte === 0x22) return quote;
  if (byte === backslash) return escapeSign;
  if (byte >= 0x80) return long;
  if (!isPlain(byte)) return blank;
  return isAlphanumeric(byte) ? letter : sign;
}

function isPlain(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f && byte !== backslash;
}

function isAlphanumeric(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

function bytesInSearchOrder(): readonly number[] {
  const closers = [...`"}])>;.,:'`].map((sign) => sign.charCodeAt(0));
  const all = [...new Array(256).keys()];
  const plain = all.filter(isPlain);
  return [
    ...new Set([
      ...closers,
      ...plain.filter(isAlphanumeric),
      ...plain,
      ...all.filter((byte) => byte !== backslash),
      backslash,
    ]),
  ];
}
