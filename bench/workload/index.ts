// The adversarial workload: every case that broke a prototype or a rival, generated from one seed.
import type { WorkloadCase } from "./case.ts";
import { cfgCases } from "./grammars.ts";
import { regexCases } from "./regexes.ts";
import { schemaCases } from "./schemas.ts";

export const workloadSeed = 20_240;

/** All cases in a fixed order; the same seed gives the same bytes. Takes about a second. */
export function adversarialWorkload(seed = workloadSeed, randomGrammars = 8): WorkloadCase[] {
  return [...cfgCases(seed, randomGrammars), ...regexCases(seed), ...schemaCases(seed)];
}
