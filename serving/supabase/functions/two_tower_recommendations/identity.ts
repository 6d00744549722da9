// Who calls: the user of a Supabase token, by the keys that Supabase Auth publishes.

import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import { Problem, unavailable } from "./problem.ts";
import { isUuid } from "./uuid.ts";

/** The caller's id, in lower case. */
export type Identify = (request: Request) => Promise<string>;

const AUDIENCE = "authenticated";
// Of the asymmetric signing keys; a token by the old shared secret is refused.
const ALGORITHMS = ["ES256", "RS256", "EdDSA"];
const REFUSED = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JWKSNoMatchingKey,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
];

/** Identities by tokens of this issuer; its keys are read once and kept for ten minutes. */
export function identityBy(issuer: string): Identify {
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), {
    timeoutDuration: 2_000,
  });
  const wanted = { issuer, audience: AUDIENCE, algorithms: ALGORITHMS, requiredClaims: ["exp"] };
  return async (request) => {
    const header = request.headers.get("Authorization") ?? "";
    const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(header)?.[1];
    if (!token) throw refused("none");
    try {
      const { payload } = await jwtVerify(token, keys, wanted);
      if (!isUuid(payload.sub)) throw refused("a token without a user");
      return payload.sub.toLowerCase();
    } catch (error) {
      if (error instanceof Problem) throw error;
      if (error instanceof errors.JWTExpired) throw refused("an expired one");
      if (REFUSED.some((kind) => error instanceof kind)) throw refused("another token");
      throw unavailable("identity", "Supabase Auth");
    }
  };
}

function refused(got: string): Problem {
  const detail = `expected a bearer token of a signed-in user, got ${got}: sign in again`;
  return new Problem(401, "unauthorized", detail, { "WWW-Authenticate": "Bearer" });
}
