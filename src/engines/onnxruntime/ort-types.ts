// What the adapters need of onnxruntime (-web, -node; 1.30), so that it isn't a dependency.

export interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly location: string;
  /** Throws where the data isn't on the CPU. */
  readonly data: unknown;
  /** Throws where it isn't a GPU buffer. */
  readonly gpuBuffer: unknown;
  getData(releaseData?: boolean): Promise<unknown>;
  dispose(): void;
}

/** `ort.Tensor`. */
export type OrtTensorClass = new (
  type: "int64" | "float32" | "float16",
  data: BigInt64Array | Float32Array | Uint16Array,
  dims: readonly number[],
) => OrtTensor;

export interface OrtSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly {
    readonly name: string;
    readonly type?: string;
    readonly shape?: readonly (number | string)[];
  }[];
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
}
