// Supabase Edge Function: the best videos for the caller. docs/edge.md says how it is set up.

import { openDatabase } from "./database.ts";
import { handlerOf } from "./handler.ts";
import { identityBy } from "./identity.ts";
import { Models } from "./model/models.ts";
import { Popularity } from "./popularity.ts";
import { Recommender } from "./recommender.ts";
import { settingsOf } from "./settings.ts";

const settings = settingsOf((name) => Deno.env.get(name));
const recommender = new Recommender(
  openDatabase(settings.databaseUrl),
  new Models(settings.modelsUrl, settings.modelsAuthorization),
  settings.modelServerUrl,
  new Popularity(),
);

Deno.serve(handlerOf(identityBy(settings.authUrl), recommender));
