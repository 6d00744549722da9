// A version's user side as the function holds it.

import type { Encodings } from "./encodings.ts";
import { type Tensors, tensorsOf } from "./safetensors.ts";

export interface Model {
  encodings: Encodings;
  weights: Tensors;
  /** Rows of the known videos in the tables, by id. */
  rows: Map<string, number>;
}

/** The model of the two files' bytes: encodings and weights. */
export function modelOf(text: Uint8Array, bytes: Uint8Array<ArrayBuffer>): Model {
  const encodings: Encodings = JSON.parse(new TextDecoder().decode(text));
  const rows = new Map(encodings.known_videos.map((video, row) => [video, row]));
  return { encodings, weights: tensorsOf(bytes), rows };
}

/** Names of the raw columns that the model reads. */
export function inputsOf({ user, histories }: Encodings): string[] {
  const dense = user.flatMap((one) =>
    one.kind === "shares" ? [one.feature, one.counts] : [one.feature]
  );
  return [...dense, ...histories.features];
}
