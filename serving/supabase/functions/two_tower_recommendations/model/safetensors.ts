// Named float32 arrays in a file: github.com/huggingface/safetensors has the format.

export interface Tensor {
  shape: number[];
  /** Row by row. */
  values: Float32Array;
}

export type Tensors = Map<string, Tensor>;

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** The arrays, as views of the bytes; throws where one is not of float32. */
export function tensorsOf(bytes: Uint8Array<ArrayBuffer>): Tensors {
  const { buffer, byteOffset } = bytes;
  const length = Number(new DataView(buffer, byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const found: Tensors = new Map();
  for (const [name, entry] of Object.entries(header) as [string, Entry][]) {
    if (name === "__metadata__") continue;
    if (entry.dtype !== "F32") throw new Error(`expected float32 in ${name}, got ${entry.dtype}`);
    const [begin, end] = entry.data_offsets.map((offset) => 8 + length + offset);
    const values = new Float32Array(buffer, byteOffset + begin, (end - begin) / 4);
    found.set(name, { shape: entry.shape, values });
  }
  return found;
}
