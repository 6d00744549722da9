// What is answered, in the form of the service: `AnswerOut` in docs/openapi.json.

/** The way to an answer, the best first. */
export type Rung = "fresh" | "stored" | "genres" | "popular";

export interface Item {
  video_id: string;
  /** 1 is the best. */
  rank: number;
  /** Cosine of user and video for `fresh` and `stored`, else the count of likes. */
  score: number;
  title: string;
}

export interface Answer {
  request_id: string;
  /** Empty if no model took part. */
  model_version: string;
  rung: Rung;
  /** Why it is no higher rung, or fewer videos than asked. */
  reason: string;
  /** Always empty: the function takes part in no experiment. */
  arm: "";
  items: Item[];
}

/** The response, with the headers of the service. */
export function responseOf(answer: Answer, timings: Map<string, number>): Response {
  const stages = [...timings].map(([stage, ms]) => `${stage};dur=${ms.toFixed(2)}`);
  return Response.json(answer, {
    headers: {
      "X-Model-Version": answer.model_version || "none",
      "Server-Timing": stages.join(", "),
    },
  });
}
