// Raw features of the users whose ids are the arguments, as JSON on stdout, by the function's code.

import {
  inSnapshot,
  openDatabase,
} from "../../../serving/supabase/functions/two_tower_recommendations/database.ts";
import { userFeatures } from "../../../serving/supabase/functions/two_tower_recommendations/features.ts";

const database = openDatabase(Deno.env.get("DATABASE_URL")!);
const found = await inSnapshot(
  database,
  (snapshot) => Promise.all(Deno.args.map((user) => userFeatures(snapshot, user))),
);
console.log(JSON.stringify(found));
await database.end();
