// The ladder of one answer: from the best rung down until one has videos.

import type { Answer, Item, Rung } from "./answer.ts";
import { type Context, readContext } from "./context.ts";
import { type Database, inSnapshot } from "./database.ts";
import type { Models } from "./model/models.ts";
import { userEmbedding } from "./model/user_tower.ts";
import { askModelServer } from "./model_server.ts";
import type { Popularity } from "./popularity.ts";
import type { Question } from "./question.ts";
import { checkVersion, nearest, ofGenres, popular, RungError, storedVector } from "./rungs.ts";
import type { Stages } from "./stages.ts";

export class Recommender {
  constructor(
    readonly database: Database,
    readonly models: Models,
    readonly modelServerUrl: string,
    readonly popularity: Popularity,
  ) {}

  /** The best videos for a user; throws a problem if the database does not answer. */
  async recommend(userId: string, question: Question, stages: Stages): Promise<Answer> {
    stages.begin("database");
    return await inSnapshot(this.database, async (snapshot) => {
      const context = await readContext(snapshot, userId, question);
      return await this.#climbed(context, stages);
    });
  }

  async #climbed(context: Context, stages: Stages): Promise<Answer> {
    const reasons: string[] = [];
    let items: Item[] = [];
    let rung: Rung = "popular";
    for (const [name, way] of this.#ways(context, stages)) {
      try {
        items = await way();
      } catch (error) {
        if (!(error instanceof RungError)) throw error;
        reasons.push(error.message);
      }
      rung = name;
      if (items.length) break;
    }
    items = await this.#filled(context, items, reasons);
    const ofModel = rung === "fresh" || rung === "stored";
    return {
      request_id: crypto.randomUUID(),
      model_version: ofModel ? context.version : "",
      rung,
      reason: reasons.join("; "),
      arm: "",
      items,
    };
  }

  #ways(context: Context, stages: Stages): [Rung, () => Promise<Item[]>][] {
    return [
      ["fresh", async () => await this.#nearest(context, stages, this.#freshVector)],
      ["stored", async () => await this.#nearest(context, stages, storedVector)],
      ["genres", async () => await ofGenres(context, this.popularity)],
      ["popular", async () => await popular(context, this.popularity)],
    ];
  }

  async #nearest(
    context: Context,
    stages: Stages,
    vectorOf: (context: Context, stages: Stages) => Promise<Float32Array>,
  ): Promise<Item[]> {
    const vector = await vectorOf(context, stages);
    stages.begin("search");
    return await nearest(context, vector);
  }

  /** [768] the user's embedding as of now, at exactly the live version. */
  #freshVector = async (context: Context, stages: Stages): Promise<Float32Array> => {
    checkVersion(context);
    const { snapshot, version, instance } = context;
    stages.begin("tower");
    if (this.modelServerUrl) return await askModelServer(this.modelServerUrl, version, instance);
    return userEmbedding(await this.models.of(snapshot, version), instance);
  };

  /** With popular videos at the end, if the rung knows too few. */
  async #filled(context: Context, items: Item[], reasons: string[]): Promise<Item[]> {
    const lacking = context.question.limit - items.length;
    if (!lacking) return items;
    let rest: Item[] = [];
    try {
      rest = (await popular(context, this.popularity, items)).slice(0, lacking);
    } catch (error) {
      if (!(error instanceof RungError)) throw error;
      reasons.push(error.message);
      return items;
    }
    if (rest.length) reasons.push(`popular videos from place ${items.length + 1} on`);
    if (rest.length < lacking) reasons.push("no further video is left for this user");
    return [...items, ...rest.map((item) => ({ ...item, rank: items.length + item.rank }))];
  }
}
