// A constraint against the recogniser in test/oracles/: every sequence of some tokens up to a length, and the masks on the way.
import { expect } from "vitest";
import type { Constraint, StructuralFormat } from "../../src/index.ts";
import { hasStructure, type OracleToken } from "../oracles/structural-recogniser.ts";

/** `tokens`: those that the sequences are made of, by id; at most `most` in one. What is refused must have no completion of that length. */
export function compareAll(
  format: StructuralFormat,
  constraint: Constraint,
  tokens: ReadonlyMap<number, OracleToken>,
  most: number,
): void {
  const all: OracleToken[] = [];
  for (const [id, token] of tokens) all[id] = token;
  const matcher = constraint.matcher();
  const row = () => new Uint32Array((constraint.vocabulary.size + 31) >> 5);
  /** A sequence that begins with `path`, has the form, and has at most `most` tokens. */
  const completion = (path: readonly OracleToken[]): readonly OracleToken[] | undefined => {
    if (hasStructure(format, path, all)) return path;
    if (path.length >= most) return undefined;
    for (const token of tokens.values()) {
      const found = completion([...path, token]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const visit = (path: readonly OracleToken[]): void => {
    const at = path.map(show);
    expect({ at, accepts: matcher.isAccepting }).toEqual({ at, accepts: hasStructure(format, path, all) });
    const mask = row();
    matcher.fillMask(mask);
    expect({ at, isEmpty: mask.every((word) => word === 0) }).toEqual({ at, isEmpty: false });
    for (const [id, token] of tokens) {
      const isAllowed = matcher.accept(id);
      const next = show(token);
      expect({ at, next, isMasked: ((mask[id >> 5]! >>> (id & 31)) & 1) === 0 }).toEqual({
        at,
        next,
        isMasked: !isAllowed,
      });
      if (isAllowed) {
        if (path.length < most) visit([...path, token]);
        matcher.rollback(1);
      } else {
        const refused = completion([...path, token])?.map(show);
        expect({ at, next, refused }).toEqual({ at, next, refused: undefined });
      }
    }
  };
  visit([]);
}

const show = (token: OracleToken): string =>
  typeof token === "string" ? `<${token}>` : Buffer.from(token).toString("latin1");
