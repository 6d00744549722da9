// The user tower: raw features to an embedding. components/trainer/model/towers.py has the formulas.

import type { Instance } from "../features.ts";
import { denseOf } from "./dense.ts";
import type { Histories } from "./encodings.ts";
import type { Model } from "./model.ts";
import { exposure, pooled, type Rows } from "./pooling.ts";
import type { Tensor, Tensors } from "./safetensors.ts";

/** [768] float32, of length 1. */
export function userEmbedding(model: Model, instance: Instance): Float32Array {
  const { encodings, weights } = model;
  const how = encodings.histories;
  const rows = rowsOf(model, instance);
  const gate = gateOf(rows, how, tensor(weights, "gates"));
  // A gate of 0 leaves the closed form alone: nothing else needs to be computed.
  const total = gate ? learned(model, instance, rows).map((value) => gate * value) : [];
  const closed = closedPart(rows, weights, how);
  const size = weights.get(`layer_${layers(weights) - 1}.bias`)!.shape[0];
  const found = new Float64Array(size);
  for (let place = 0; place < size; place++) {
    found[place] = (total[place] ?? 0) + (closed[place] ?? 0);
  }
  const square = found.reduce((sum, value) => sum + value * value, 0);
  const length = Math.sqrt(Math.max(square, 1e-12));
  return Float32Array.from(found, (value) => value / length);
}

/** Rows of the histories' videos, without padding; all other videos than the known share one. */
function rowsOf({ encodings, rows }: Model, instance: Instance): Rows {
  const how = encodings.histories;
  return how.features.map((feature) => {
    const ids = how.seen ? (instance[feature] as string[]).slice(0, how.length) : [];
    return ids.filter((id) => id).map((id) => rows.get(id) ?? rows.size);
  });
}

/** How much of what is learned counts for a user of so many decisions. */
function gateOf(rows: Rows, how: Histories, gates: Tensor): number {
  const decided = rows.reduce((sum, own) => sum + own.length, 0);
  const group = how.groups.filter((least) => decided >= least).length - 1;
  return gates.values[group];
}

/** The closed form's part, the first components; empty without one. */
function closedPart(rows: Rows, weights: Tensors, how: Histories): number[] {
  if (!how.closed.length) return [];
  const table = tensor(weights, "table.closed");
  const [likes, exposures] = how.closed;
  const means = pooled(rows, table, [0, likes], how);
  const ofMeans = tensor(weights, "weights_of_means").values;
  const ofExposure = tensor(weights, "weight_of_exposure").values[0];
  const liked = new Array<number>(likes).fill(0);
  means.forEach((mean, place) =>
    mean.forEach((value, column) => liked[column] += ofMeans[place] * value)
  );
  const exposed = exposure(rows, table, [likes, likes + exposures], how);
  return [...liked, ...exposed.map((value) => ofExposure * value)];
}

/** What the layers make of dense part and pooled histories, with the shortcut past them. */
function learned(model: Model, instance: Instance, rows: Rows): Float64Array {
  const { encodings, weights } = model;
  const how = encodings.histories;
  const means = pooled(rows, tensor(weights, "table.trained"), [0, how.trained], how);
  let found = Float64Array.from([...denseOf(encodings, instance), ...means.flat()]);
  const last = layers(weights) - 1;
  for (let place = 0; place <= last; place++) {
    const activation = place < last ? (value: number) => Math.max(value, 0) : Math.tanh;
    found = dense(found, weights, place).map(activation);
  }
  const shortcut = weights.get("shortcut_weights")?.values ?? new Float32Array();
  const begin = how.closed.reduce((sum, width) => sum + width, 0);
  shortcut.forEach((weight, place) =>
    means[place].forEach((value, column) => found[begin + column] += weight * value)
  );
  return found;
}

/** x @ kernel + bias. */
function dense(x: Float64Array, weights: Tensors, place: number): Float64Array<ArrayBuffer> {
  const kernel = tensor(weights, `layer_${place}.kernel`);
  const width = kernel.shape[1];
  const found = Float64Array.from(tensor(weights, `layer_${place}.bias`).values);
  for (let row = 0; row < x.length; row++) {
    const factor = x[row];
    if (!factor) continue;
    const values = kernel.values.subarray(row * width, (row + 1) * width);
    for (let column = 0; column < width; column++) found[column] += factor * values[column];
  }
  return found;
}

function layers(weights: Tensors): number {
  return [...weights.keys()].filter((name) => /^layer_\d+\.kernel$/.test(name)).length;
}

function tensor(weights: Tensors, name: string): Tensor {
  const found = weights.get(name);
  if (!found) throw new Error(`expected ${name} among the weights, got none`);
  return found;
}
