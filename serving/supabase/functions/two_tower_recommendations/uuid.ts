// UUIDs as text.

const FORM = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isUuid(value: unknown): value is string {
  return typeof value === "string" && FORM.test(value);
}

/** A literal of type uuid[]; the ids must be UUIDs. */
export function uuidArray(ids: Iterable<string>): string {
  return `{${[...ids].join(",")}}`;
}
