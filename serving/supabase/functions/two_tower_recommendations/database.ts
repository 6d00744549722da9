// Postgres: snapshots, and rows as JSON.

import postgres from "postgres";
import { addressOf } from "./address.ts";
import { BEGINNING, ONCE, TABLES_WITHOUT_KEY } from "./contract.ts";
import { unavailable } from "./problem.ts";

export type Database = postgres.Sql;
/** A transaction with one snapshot, read-only. */
export type Snapshot = postgres.TransactionSql;

const CONNECTIONS = 4;
const WITHOUT_KEY_MS = 60_000;

/** Nothing is sent yet. No prepared statements: a pooler in transaction mode would lose them. */
export function openDatabase(url: string): Database {
  return postgres({
    ...addressOf(url),
    max: CONNECTIONS,
    prepare: false,
    fetch_types: false,
    connect_timeout: 2,
    idle_timeout: 60,
    connection: { application_name: "two-tower-edge" },
  });
}

/** Work in one snapshot; the settings travel with the first statement. Throws a problem. */
export async function inSnapshot<T>(
  database: Database,
  work: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  try {
    return await database.begin("isolation level repeatable read read only", (snapshot) => {
      const begun = snapshot.unsafe(BEGINNING);
      begun.catch(() => {}); // work fails with it
      return work(snapshot);
    }) as T;
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (typeof code !== "string") throw error;
    console.error(`database: ${code}`); // the text of the error may hold an id
    throw unavailable("database", "the database");
  }
}

/** Rows of a query as objects; JSON has arrays and numbers as they are. */
export async function rows<T>(
  snapshot: Snapshot,
  query: string,
  values: (string | number)[],
  columns = "",
): Promise<T[]> {
  const text = `SELECT to_jsonb(found) AS found FROM (${query}) AS found ${columns}`;
  const found = await snapshot.unsafe<{ found: T }[]>(text, values);
  return found.map((row) => row.found);
}

/** SQL with its {placeholders} set, never by a value from outside. */
export function bound(query: string, values: Record<string, string>): string {
  return query.replace(/\{(\w+)\}/g, (_, name) => {
    if (!(name in values)) throw new Error(`no value for {${name}}`);
    return values[name];
  });
}

let kept: { at: number; once: Promise<Record<string, string>> } | undefined;

/** SQL that keeps the first row of each key, for tables without a unique index, such as views. */
export function once(snapshot: Snapshot): Promise<Record<string, string>> {
  const now = performance.now();
  if (!kept || now - kept.at > WITHOUT_KEY_MS) {
    kept = { at: now, once: readOnce(snapshot) };
    kept.once.catch(() => kept = undefined);
  }
  return kept.once;
}

async function readOnce(snapshot: Snapshot): Promise<Record<string, string>> {
  const found = await rows<{ name: string }>(snapshot, TABLES_WITHOUT_KEY, []);
  const without = new Set(found.map((row) => row.name));
  const values = Object.entries(ONCE).flatMap(([table, sql]) => [
    [`once_${table}`, without.has(table) ? sql.once : ""],
    [`order_${table}`, without.has(table) ? sql.order : ""],
  ]);
  return Object.fromEntries(values);
}
