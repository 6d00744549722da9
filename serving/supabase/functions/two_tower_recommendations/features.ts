// A user's raw features as of now, by the SQL of training (contract.ts).

import { MISSING, USER_FEATURES, USER_INPUTS } from "./contract.ts";
import { bound, once, rows, type Snapshot } from "./database.ts";
import { uuidArray } from "./uuid.ts";

type Value = string | number | string[] | number[];

/** Input of the model for one user: values by name, none of them null. */
export type Instance = Record<string, Value>;

type Row = Record<string, Value | null>;

/** The raw features; a user without decisions, or unknown, has those of a cold start. */
export async function userFeatures(snapshot: Snapshot, userId: string): Promise<Instance> {
  const until = new Date().toISOString();
  const query = bound(USER_FEATURES, { ...await once(snapshot), until });
  const [row] = await rows<Row>(snapshot, query, [uuidArray([userId])]);
  return instanceOf(row);
}

/** The row of a query as the model's input. */
export function instanceOf(row: Row): Instance {
  return Object.fromEntries(USER_INPUTS.map(({ name, isNumber, isList }): [string, Value] => {
    const missing = isNumber ? MISSING : "";
    if (!isList) return [name, row[name] ?? missing];
    const values = row[name] as string[] | number[] | null;
    return [name, values?.length ? values : [missing] as Value]; // no server takes an empty list
  }));
}
