// Settings of the function, out of the environment.

export interface Settings {
  /** Address of Postgres; the role needs the rights of two_tower_serve (serving/roles.sql). */
  databaseUrl: string;
  /** Root of Supabase Auth: the issuer of tokens, with its keys below it. */
  authUrl: string;
  /** Root of TensorFlow Serving; empty: the function computes the user tower itself. */
  modelServerUrl: string;
  /** Folder of the models, a bucket's or file://; below it <version>/assets.extra/edge/. */
  modelsUrl: string;
  /** Header `Authorization` for a private bucket; empty for none. */
  modelsAuthorization: string;
}

/** Settings by the names of the environment; throws where one is missing. */
export function settingsOf(read: (name: string) => string | undefined): Settings {
  const get = (name: string) => (read(name) ?? "").trim();
  const needed = (...names: string[]) => {
    const found = names.map(get).find((value) => value);
    if (!found) throw new Error(`expected ${names.join(" or ")}, got none: set it as a secret`);
    return found;
  };
  const modelServerUrl = withoutSlash(get("MODEL_SERVER_URL"));
  return {
    databaseUrl: needed("DATABASE_URL", "SUPABASE_DB_URL"),
    authUrl: `${withoutSlash(needed("SUPABASE_URL"))}/auth/v1`,
    modelServerUrl,
    modelsUrl: withoutSlash(modelServerUrl ? get("MODELS_URL") : needed("MODELS_URL")),
    modelsAuthorization: get("MODELS_AUTHORIZATION"),
  };
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}
