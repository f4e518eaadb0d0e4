// `grammask/gpu`: masks on logits that live on a GPU, and the CPU twin. A device is handed in, by a browser or by Dawn's
// `webgpu` package; nothing here looks for one.
export { applyMask } from "./kernels/apply-mask.ts";
export { type LogitsFormat, type MaskCall, MaskKernel } from "./mask-kernel.ts";
export type { DisallowedLogit, MaskLayout } from "./mask-layout.ts";
