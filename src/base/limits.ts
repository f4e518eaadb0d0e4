// Every loop that input can drive has a budget. One list, so that a caller can see and change them all.

/** Some real schemas do reach a budget (large overlapping `oneOf`s): they end in an error of code "limit". */
export interface Limits {
  /** Characters of a grammar, or a schema's JSON text. */
  readonly maxSourceLength: number;
  /** Characters of a regex. Small beside the others: its automaton may be many times its size. */
  readonly maxPatternLength: number;
  /** Nesting depth of the source: groups in a regex, parentheses in a grammar, subschemas in a schema. */
  readonly maxDepth: number;
  /** Nodes of all terms that a constraint is lowered to, counted repetition not unrolled. */
  readonly maxTermNodes: number;
  /** Steps of joining a schema's constraints, place by place: about one for each pair that meets, 2,000 for each place that several subschemas describe together. */
  readonly maxSchemaSteps: number;
  /** States of one deterministic automaton (an island), before minimisation. */
  readonly maxIslandStates: number;
  /** States of all islands of one constraint, before minimisation, with those they are made of; pairs of states of one intersection that is read lazily. */
  readonly maxTotalIslandStates: number;
  /** Entries of the stack graph that one byte may touch: ambiguity's price. */
  readonly maxItemsPerByte: number;
  /** The same, of all bytes together that one mask looks at: a walk of the vocabulary can meet many states that are each within the limit. */
  readonly maxItemsPerMask: number;
  /** Byte-automaton states that one constraint may hold at once. */
  readonly maxStates: number;
  /** Bytes of cached masks and transitions that a constraint keeps before it evicts. */
  readonly maxCacheBytes: number;
  /** Bytes of states and caches of all constraints that a compiler keeps for when they are asked for again. */
  readonly maxConstraintBytes: number;
}

export const defaultLimits: Limits = {
  maxSourceLength: 4_000_000,
  maxPatternLength: 200_000,
  maxDepth: 400,
  maxTermNodes: 1_000_000,
  maxSchemaSteps: 30_000_000,
  maxIslandStates: 50_000,
  maxTotalIslandStates: 400_000,
  maxItemsPerByte: 200_000,
  maxItemsPerMask: 10_000_000,
  maxStates: 4_000_000,
  maxCacheBytes: 64 * 1024 * 1024,
  maxConstraintBytes: 256 * 1024 * 1024,
};
