// The address of Postgres in libpq's form, as options of postgres.js.

export interface Address {
  host: string;
  port: number;
  /** Unix socket; on one, host and port are not used. */
  path?: string;
  database: string;
  username: string;
  password: string;
  ssl: boolean | "require" | "allow" | "prefer" | "verify-full";
}

const SSL: Record<string, Address["ssl"]> = {
  disable: false,
  allow: "allow",
  prefer: "prefer",
  require: "require",
  "verify-ca": "verify-full",
  "verify-full": "verify-full",
};

/** The parts of postgresql://user:password@host:port/database?sslmode=require&host=/socket. */
export function addressOf(text: string): Address {
  // A URL of the web has no user without a host.
  const url = new URL(text.trim().replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)(?=\/)/, "$1localhost"));
  const given = url.searchParams;
  const port = Number(url.port || given.get("port") || 5432);
  const host = given.get("host") ?? url.hostname;
  const mode = given.get("sslmode") ?? "prefer";
  if (!(mode in SSL)) throw new Error("expected a sslmode of libpq, got another: correct it");
  return {
    host,
    port,
    ...(host.startsWith("/") && { path: `${host}/.s.PGSQL.${port}` }),
    database: decodeURIComponent(url.pathname.slice(1)),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    ssl: host.startsWith("/") ? false : SSL[mode],
  };
}
