// Errors as problem documents (RFC 9457), in the form of the service: docs/rest.md.

export interface Fault {
  at: string;
  detail: string;
}

const TITLES: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  405: "Method Not Allowed",
  413: "Content Too Large",
  422: "Unprocessable Entity",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** A request that ends with a problem document; no text of another error is part of it. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly kind: string,
    detail: string,
    readonly headers: Record<string, string> = {},
    readonly faults?: Fault[],
  ) {
    super(detail);
  }

  response(traceId: string): Response {
    const document = {
      type: `urn:problem-type:two-tower:${this.kind}`,
      title: TITLES[this.status],
      status: this.status,
      detail: this.message,
      trace_id: traceId,
      ...(this.faults && { errors: this.faults }),
    };
    const headers = { ...this.headers, "Content-Type": "application/problem+json" };
    return new Response(JSON.stringify(document), { status: this.status, headers });
  }
}

/** The problem of a dependency that did not answer; another try may succeed. */
export function unavailable(kind: string, what: string): Problem {
  const detail = `expected an answer of ${what}, got none: try again`;
  return new Problem(503, `${kind}-unavailable`, detail, { "Retry-After": "1" });
}
