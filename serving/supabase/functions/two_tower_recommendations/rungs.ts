// The rungs of the ladder below the fresh one, each from a context to (id, score), the best first.

import { NEAREST, STORED, TITLES } from "./contract.ts";
import type { Context } from "./context.ts";
import { bound, once, rows } from "./database.ts";
import type { Item } from "./answer.ts";
import type { Popularity, PopularVideo } from "./popularity.ts";
import { uuidArray } from "./uuid.ts";

/** This rung has no answer; its message says why. */
export class RungError extends Error {}

const GENRES = 3;
const AT_A_TIME = 100;

/** [768] the user's embedding as it was released. */
export async function storedVector(context: Context): Promise<Float32Array> {
  checkVersion(context);
  const query = bound(STORED, { vectors: tableOf("user", context.version) });
  const { snapshot, userId } = context;
  const [row] = await rows<{ embedding: number[] }>(snapshot, query, [userId], "(embedding)");
  if (!row) throw new RungError("no embedding of this user is stored");
  return Float32Array.from(row.embedding);
}

/** The videos nearest to a [768] vector of the same version, by exact search in pgvector. */
export async function nearest(context: Context, vector: Float32Array): Promise<Item[]> {
  const { snapshot, userId, question, version } = context;
  const vectors = tableOf("video", version);
  const query = bound(NEAREST, { ...await once(snapshot), vectors });
  const values = [userId, uuidArray(question.exclude), `[${vector.join(",")}]`, question.limit];
  const found = await rows<Item>(snapshot, query, values);
  return ranked(found);
}

/** The most liked videos of the three genres that most of the user's last likes are of. */
export async function ofGenres(context: Context, popularity: Popularity): Promise<Item[]> {
  const videos = await popularity.videos(context.snapshot);
  const genreOf = new Map(videos.map((video) => [video.video_id, video.genre]));
  const counts = new Map<string, number>();
  for (const genre of context.liked.map((video) => genreOf.get(video))) {
    if (genre) counts.set(genre, (counts.get(genre) ?? 0) + 1);
  }
  if (!counts.size) throw new RungError("no liked genre of this user is known");
  const most = [...counts].sort((one, other) => other[1] - one[1]).slice(0, GENRES);
  const liked = new Set(most.map(([genre]) => genre));
  return await taken(context, videos.filter(({ genre }) => genre && liked.has(genre)));
}

/** The most liked videos, without those of `items`. */
export async function popular(
  context: Context,
  popularity: Popularity,
  items: Item[] = [],
): Promise<Item[]> {
  const videos = await popularity.videos(context.snapshot);
  if (!videos.length) throw new RungError("no likes have been counted yet");
  const listed = new Set(items.map((item) => item.video_id));
  return await taken(context, videos.filter((video) => !listed.has(video.video_id)));
}

/** The first `limit` that are not gone, and that exist, are valid and released as of now. */
async function taken(context: Context, videos: PopularVideo[]): Promise<Item[]> {
  const left = videos.filter((video) => !context.gone.has(video.video_id));
  const limit = context.question.limit;
  const query = bound(TITLES, await once(context.snapshot));
  const items: Item[] = [];
  for (let at = 0; at < left.length && items.length < limit; at += AT_A_TIME) {
    const some = left.slice(at, at + AT_A_TIME);
    const values = [uuidArray(some.map((video) => video.video_id))];
    const found = await rows<{ video_id: string; title: string }>(context.snapshot, query, values);
    const titles = new Map(found.map((row) => [row.video_id, row.title]));
    for (const { video_id, likes } of some) {
      const title = titles.get(video_id);
      if (title !== undefined) items.push({ video_id, rank: 0, score: likes, title });
    }
  }
  return ranked(items.slice(0, limit));
}

/** With ranks from 1 on; the members in the order of the service. */
function ranked(items: Item[]): Item[] {
  return items.map(({ video_id, score, title }, place) => ({
    video_id,
    rank: place + 1,
    score,
    title,
  }));
}

export function checkVersion(context: Context): void {
  if (!context.version) {
    throw new RungError("no version is live: run `make run` until one is released");
  }
}

/** The table of one side's vectors; a version is digits by the registry's own rule. */
function tableOf(side: "user" | "video", version: string): string {
  return `"two_tower"."${side}_vectors_${version.replace(/\D/g, "")}"`;
}
