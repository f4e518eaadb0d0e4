// Where the rows that are sampled from lie in a logits tensor: the last position of each sequence, [B, V] or [B, S, V].
import { ConstraintError } from "../../base/errors.ts";
import type { MaskLayout } from "../../gpu/mask-layout.ts";
import type { OrtTensor } from "./ort-types.ts";

type Rows = Required<Pick<MaskLayout, "rows" | "logitsWidth" | "logitsOffset" | "logitsStride">>;

/** Throws ConstraintError "usage" for another shape. */
export function lastRows({ dims }: Pick<OrtTensor, "dims">): Rows {
  const [rows, second, third] = dims;
  if (dims.length === 2) return { rows: rows!, logitsWidth: second!, logitsOffset: 0, logitsStride: second! };
  if (dims.length === 3) {
    return { rows: rows!, logitsWidth: third!, logitsOffset: (second! - 1) * third!, logitsStride: second! * third! };
  }
  throw new ConstraintError(
    "usage",
    `logits of shape [${dims}]; expected [batch, vocabulary] or [batch, length, vocabulary]`,
  );
}
