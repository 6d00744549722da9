// The most liked videos, counted once for many answers: a count reads every decision.

import { POPULAR } from "./contract.ts";
import { bound, once, rows, type Snapshot } from "./database.ts";

export interface PopularVideo {
  video_id: string;
  likes: number;
  genre: string | null;
}

const KEEP_MS = 600_000;
const MOST = 10_000;

export class Popularity {
  #countedAt = -Infinity;
  #videos: PopularVideo[] = [];

  /** The most liked first, ties by id; at most ten minutes old. */
  async videos(snapshot: Snapshot): Promise<PopularVideo[]> {
    if (performance.now() - this.#countedAt > KEEP_MS) {
      const query = bound(POPULAR, await once(snapshot));
      this.#videos = await rows<PopularVideo>(snapshot, query, [MOST]);
      this.#countedAt = performance.now();
    }
    return this.#videos;
  }
}
