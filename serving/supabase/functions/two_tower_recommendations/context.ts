// What all rungs of one answer share: the live version and the user's decisions, in one snapshot.

import { CONTEXT } from "./contract.ts";
import { rows, type Snapshot } from "./database.ts";
import { type Instance, userFeatures } from "./features.ts";
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
  /** Raw features as of now. */
  instance: Instance;
}

interface Row {
  version: string | null;
  decided: string[];
  liked: string[];
}

/** Both statements are sent at once: each round trip takes as long as a small statement. */
export async function readContext(
  snapshot: Snapshot,
  userId: string,
  question: Question,
): Promise<Context> {
  const columns = "(user_id, version, decided, liked)";
  const [[row], instance] = await Promise.all([
    rows<Row>(snapshot, CONTEXT, [uuidArray([userId])], columns),
    userFeatures(snapshot, userId),
  ]);
  const gone = new Set([...question.exclude, ...row.decided]);
  const { version, liked } = row;
  return { snapshot, userId, question, version: version ?? "", gone, liked, instance };
}
