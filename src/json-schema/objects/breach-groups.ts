// Breaches that have no key in common don't depend on each other: whether one can still be fulfilled is asked group by group, and a group's
// breaches are the bits of one integer.
import { ConstraintError } from "../../base/errors.ts";
import type { Breach, ObjectShape } from "../shapes/object-shape.ts";

/** What an integer holds. */
const maxBreaches = 30;

export interface BreachGroups {
  /** At least one; the first has those that undeclared keys can fulfil. */
  readonly groups: readonly (readonly Breach[])[];
  /** The only group that the key can matter to. */
  groupOf(key: string): number;
}

/** Throws "limit" where a group is too large. Where keys are counted, or one can be any, all breaches are one group. */
export function groupBreaches(shape: ObjectShape): BreachGroups {
  const isCounted = shape.min > 0 || shape.max !== Number.POSITIVE_INFINITY;
  if (isCounted || shape.breaches.some(({ isWide, keys }) => isWide || keys.length === 0)) {
    return { groups: [limited(shape.breaches)], groupOf: () => 0 };
  }
  const groupByKey = new Map<string, Set<Breach>>();
  for (const breach of shape.breaches) {
    const { keys } = breach;
    const joined = new Set([breach]);
    for (const key of keys) for (const other of groupByKey.get(key) ?? []) joined.add(other);
    for (const key of keys) groupByKey.set(key, joined);
    for (const [key, group] of groupByKey)
      if (group !== joined && joined.has([...group][0]!)) groupByKey.set(key, joined);
  }
  const groups = [...new Set(groupByKey.values())];
  const indexOf = new Map([...groupByKey].map(([key, group]) => [key, groups.indexOf(group)]));
  return {
    groups: groups.length === 0 ? [[]] : groups.map((group) => limited([...group])),
    groupOf: (key) => indexOf.get(key) ?? 0,
  };
}

function limited(breaches: readonly Breach[]): readonly Breach[] {
  if (breaches.length > maxBreaches) {
    throw new ConstraintError("limit", `More than ${maxBreaches} negated objects in one place`);
  }
  return breaches;
}
