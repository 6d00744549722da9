// What all rungs of one answer share: the live version and the user's decisions, in one snapshot.

import { CONTEXT } from "./contract.ts";
import { rows, type Snapshot } from "./database.ts";
import type { Question } from "./question.ts";
import { uuidArray } from "./uuid.ts";

export interface Context {
  snapshot: Snapshot;
  userId: string;
  question: Question;
  /** The live version; empty if none is. */
  version: string;
  /** Ids of videos that must not be recommended: decided on, or excluded. */
  gone: Set<string>;
  /** Ids of the last liked videos, the newest first. */
  liked: string[];
}

interface Row {
  version: string | null;
  decided: string[];
  liked: string[];
}

export async function readContext(
  snapshot: Snapshot,
  userId: string,
  question: Question,
): Promise<Context> {
  const columns = "(user_id, version, decided, liked)";
  const [row] = await rows<Row>(snapshot, CONTEXT, [uuidArray([userId])], columns);
  const gone = new Set([...question.exclude, ...row.decided]);
  return { snapshot, userId, question, version: row.version ?? "", gone, liked: row.liked };
}
