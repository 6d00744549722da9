// A user's numbers and shares as dense columns, in float32 as TensorFlow computes them.

import type { Instance } from "../features.ts";
import type { Encodings, NumberEncoding, SharesEncoding } from "./encodings.ts";

const { fround } = Math;

/** The dense part of the tower's input, in the order of its columns. */
export function denseOf(encodings: Encodings, instance: Instance): number[] {
  return encodings.user.flatMap((encoding) =>
    encoding.kind === "shares"
      ? sharesOf(encoding, instance)
      : [zScore(encoding, instance[encoding.feature] as number)]
  );
}

/** Clipped or missing outside its bounds, scaled, -5 to 5; 0 if missing. */
export function zScore(encoding: NumberEncoding, value: number): number {
  const { low, high, mean, variance } = encoding;
  const number = fround(value);
  const isThere = number >= low && (encoding.outside === "clipped" || number <= high);
  if (!isThere || !variance) return 0;
  const clipped = Math.min(number, high);
  const isLog = encoding.kind === "log_number";
  const scaled = isLog ? fround(Math.log1p(Math.max(clipped, 0))) : clipped;
  const z = fround(fround(scaled - fround(mean)) / fround(Math.sqrt(fround(variance))));
  return Math.min(Math.max(z, -5), 5);
}

/** (count + 1) over the sum, for each term and, at the end, for all others. */
function sharesOf(encoding: SharesEncoding, instance: Instance): number[] {
  const keys = instance[encoding.feature] as string[];
  const counts = instance[encoding.counts] as number[];
  const terms = new Map(encoding.vocabulary.map((term, place) => [term, place]));
  const found = new Array<number>(terms.size + 1).fill(1);
  keys.forEach((key, place) => {
    if (key) found[terms.get(key) ?? terms.size] += counts[place];
  });
  const sum = found.reduce((one, other) => one + other, 0);
  return found.map((value) => value / sum);
}
