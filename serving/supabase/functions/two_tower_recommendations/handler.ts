// HTTP: who asks, what, and the answer or a problem.

import { responseOf } from "./answer.ts";
import type { Identify } from "./identity.ts";
import { Problem } from "./problem.ts";
import { questionOf } from "./question.ts";
import type { Recommender } from "./recommender.ts";
import { Stages } from "./stages.ts";

// Tokens travel in a header, never in a cookie: any page may ask, with its user's own token.
const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Headers": "authorization, apikey, content-type, x-client-info",
  "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
  "Access-Control-Expose-Headers": "X-Model-Version, Server-Timing, Retry-After",
};

export function handlerOf(identify: Identify, recommender: Recommender) {
  return async (request: Request): Promise<Response> => {
    const response = await answered(request, identify, recommender);
    for (const [name, value] of Object.entries(CORS)) response.headers.set(name, value);
    return response;
  };
}

async function answered(
  request: Request,
  identify: Identify,
  recommender: Recommender,
): Promise<Response> {
  if (request.method === "OPTIONS") return new Response(null, { status: 204 });
  const stages = new Stages();
  try {
    if (!["GET", "POST"].includes(request.method)) throw otherMethod();
    stages.begin("identity");
    const user = await identify(request);
    const question = await questionOf(request);
    if (question.userId && question.userId !== user) throw anotherUser();
    const answer = await recommender.recommend(user, question, stages);
    return responseOf(answer, stages.ended());
  } catch (error) {
    const traceId = crypto.randomUUID().replaceAll("-", "");
    const problem = error instanceof Problem ? error : internal(error, traceId);
    if (problem.status >= 500) console.error(`${traceId} ${problem.status} ${problem.kind}`);
    return problem.response(traceId);
  }
}

function otherMethod(): Problem {
  const detail = "expected GET or POST, got another method: see docs/edge.md";
  return new Problem(405, "method", detail, { Allow: "GET, POST, OPTIONS" });
}

function anotherUser(): Problem {
  return new Problem(
    403,
    "another-user",
    "expected the caller's own user_id, got another: omit it",
  );
}

/** Its text stays out of the log too: it may hold an id. */
function internal(error: unknown, traceId: string): Problem {
  console.error(`${traceId} ${error instanceof Error ? error.name : typeof error}`);
  const detail = "expected an answer, got an error: the log has a line with this trace_id";
  return new Problem(500, "internal", detail);
}
