// A user's histories as weighted means of the videos' rows in a table.

import type { Histories } from "./encodings.ts";
import type { Tensor } from "./safetensors.ts";

/** Rows of the tables, the newest first, one list a history. */
export type Rows = number[][];

/** The plain means of all histories, then the recency-weighted ones, plus the user prior. */
export function pooled(rows: Rows, table: Tensor, columns: Columns, how: Histories): number[][] {
  const [count] = table.shape;
  const prior = rowOf(table, count - 1, columns);
  const means = [
    ...meansOf(rows, () => 1, table, columns, how),
    ...meansOf(rows, (rank) => Math.exp(-rank / how.decay), table, columns, how),
  ];
  return means.map((mean) => mean.map((value, column) => value + prior[column]));
}

/** One mean over all that the user has decided on, the newest weighted most. */
export function exposure(rows: Rows, table: Tensor, columns: Columns, how: Histories): number[] {
  const weight = (rank: number, length: number) => Math.exp(-rank / (how.exposure_share * length));
  const means = meansOf(rows, weight, table, columns, how);
  return means.reduce((one, other) => one.map((value, column) => value + other[column]));
}

/** First column, and the one after the last. */
export type Columns = [number, number];

/** A mean for each history, all divided by the weights of all histories together. */
function meansOf(
  rows: Rows,
  weight: (rank: number, length: number) => number,
  table: Tensor,
  columns: Columns,
  how: Histories,
): number[][] {
  let total = how.prior;
  const sums = rows.map((own) => {
    const sum = new Array<number>(columns[1] - columns[0]).fill(0);
    own.forEach((row, rank) => {
      const times = weight(rank, own.length);
      total += times;
      const vector = rowOf(table, row, columns);
      for (let column = 0; column < sum.length; column++) sum[column] += times * vector[column];
    });
    return sum;
  });
  return sums.map((sum) => sum.map((value) => value / total));
}

function rowOf(table: Tensor, row: number, [begin, end]: Columns): Float32Array {
  const width = table.shape[1];
  return table.values.subarray(row * width + begin, row * width + end);
}
