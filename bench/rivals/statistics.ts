// Percentiles and small text tables.

export interface Summary {
  readonly n: number;
  readonly p50: number;
  readonly p75: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  readonly average: number;
}

/** Nearest-rank percentiles; all NaN for an empty sample. */
export function summarize(sample: Iterable<number>): Summary {
  const sorted = Float64Array.from(sample).sort();
  const at = (share: number): number =>
    sorted.length === 0 ? Number.NaN : sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  let sum = 0;
  for (const each of sorted) sum += each;
  return {
    n: sorted.length,
    p50: at(0.5),
    p75: at(0.75),
    p90: at(0.9),
    p99: at(0.99),
    max: at(1),
    average: sum / sorted.length,
  };
}

/** Three significant digits, a unit-free number that fits a table. */
export function short(value: number): string {
  if (Number.isNaN(value)) return "–";
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)}M`;
  if (value >= 1e4) return `${(value / 1e3).toPrecision(3)}k`;
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Columns padded to their widest cell; the first one to the left, the others to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
