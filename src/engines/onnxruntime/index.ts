// `grammask/engines/onnxruntime`: masks for the logits of onnxruntime-web and onnxruntime-node, on the CPU and on their GPU buffers; and
// an engine over a decoder's session.
export type { ChatTemplate, RenderTemplate } from "../chat-template.ts";
export { GpuLogitsMask, maskLogits } from "./mask-logits.ts";
export { OnnxEngine, type OnnxEngineOptions } from "./onnx-engine.ts";
export type { OrtSession, OrtTensor, OrtTensorClass } from "./ort-types.ts";
