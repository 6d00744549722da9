// Vectors of instances on stdin, by the function's code and the edge files in a folder; the argument.

import { modelOf } from "../../serving/supabase/functions/two_tower_recommendations/model/model.ts";
import { userEmbedding } from "../../serving/supabase/functions/two_tower_recommendations/model/user_tower.ts";

const [folder] = Deno.args;
const [text, bytes] = await Promise.all(
  ["encodings.json", "user.safetensors"].map((name) => Deno.readFile(`${folder}/${name}`)),
);
const model = modelOf(text, bytes);
const instances = await new Response(Deno.stdin.readable).json();
const found = [];
for (const instance of instances) found.push(Array.from(userEmbedding(model, instance)));
console.log(JSON.stringify(found));
