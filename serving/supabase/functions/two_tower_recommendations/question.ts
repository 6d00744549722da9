// What is asked: `limit`, `exclude` and the caller's own id, by query or as a JSON document.

import { type Fault, Problem } from "./problem.ts";
import { isUuid } from "./uuid.ts";

export interface Question {
  /** Most videos, 1 to 500. */
  limit: number;
  /** Ids of further videos to leave out. */
  exclude: Set<string>;
  /** The caller's id, where it was given. */
  userId?: string;
}

const LIMIT_MOST = 500;
const EXCLUDED_MOST = 5_000;
const BODY_MOST = 2 ** 20;
const NAMES = ["limit", "exclude", "user_id"];

/** The question; throws a problem that lists the faults, without repeating a value. */
export async function questionOf(request: Request): Promise<Question> {
  const isQuery = request.method === "GET";
  const place = isQuery ? "query" : "body";
  const given = isQuery ? fromQuery(new URL(request.url)) : await fromBody(request);
  const faults: Fault[] = [];
  const expect = (holds: boolean, at: string, expected: string, value: unknown) => {
    if (!holds) faults.push(faultOf(`${place}${at}`, expected, value));
  };
  const known = Object.keys(given).every((name) => NAMES.includes(name));
  if (!known) faults.push(faultOf(place, `${NAMES.join(", ")} alone`, { another: "name" }));
  const limit = given.limit ?? 20;
  expect(Number.isInteger(limit), ".limit", "a whole number", limit);
  if (Number.isInteger(limit)) {
    expect((limit as number) >= 1, ".limit", "1 or more", limit);
    expect((limit as number) <= LIMIT_MOST, ".limit", `${LIMIT_MOST} or less`, limit);
  }
  const exclude = given.exclude ?? [];
  expect(Array.isArray(exclude), ".exclude", "a list", exclude);
  const excluded = Array.isArray(exclude) ? exclude : [];
  const few = excluded.length <= EXCLUDED_MOST;
  expect(few, ".exclude", `at most ${EXCLUDED_MOST} entries`, exclude);
  const odd = excluded.findIndex((id) => !isUuid(id));
  expect(odd < 0, `.exclude.${odd}`, UUID, excluded[odd]);
  const userId = given.user_id;
  expect(userId === undefined || isUuid(userId), ".user_id", UUID, userId);
  if (faults.length) throw new Problem(422, "invalid-request", faults[0].detail, {}, faults);
  return {
    limit: limit as number,
    exclude: new Set(excluded.map((id: string) => id.toLowerCase())),
    userId: (userId as string | undefined)?.toLowerCase(),
  };
}

const UUID = "a UUID (8-4-4-4-12 hexadecimal digits)";

function fromQuery(url: URL): Record<string, unknown> {
  const given: Record<string, unknown> = Object.fromEntries(url.searchParams);
  const excluded = url.searchParams.getAll("exclude");
  if (excluded.length) given.exclude = excluded;
  const limit = given.limit;
  if (typeof limit === "string" && /^-?\d{1,9}$/.test(limit)) given.limit = Number(limit);
  return given;
}

async function fromBody(request: Request): Promise<Record<string, unknown>> {
  const text = await limitedText(request);
  try {
    const found = JSON.parse(text);
    if (typeof found === "object" && found && !Array.isArray(found)) return found;
  } catch {
    // Said below, as of any other document.
  }
  const fault = faultOf("body", "a JSON object", "something else");
  throw new Problem(422, "invalid-request", fault.detail, {}, [fault]);
}

/** The body; throws as soon as it is too long. */
async function limitedText(request: Request): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request.body ?? []) {
    parts.push(part);
    size += part.length;
    if (size > BODY_MOST) {
      throw new Problem(
        413,
        "too-large",
        `expected at most ${BODY_MOST} bytes, got more: ask less`,
      );
    }
  }
  return await new Blob(parts as BlobPart[]).text();
}

function faultOf(at: string, expected: string, value: unknown): Fault {
  return { at, detail: `expected ${expected} at ${at}, got ${kindOf(value)}: correct it` };
}

/** The kind of a value: it may be a user's id with a typing error. */
function kindOf(value: unknown): string {
  if (typeof value === "string") return `text of length ${value.length}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "number") return "another number";
  if (typeof value === "boolean") return "true or false";
  return value === null ? "null" : "something else";
}
