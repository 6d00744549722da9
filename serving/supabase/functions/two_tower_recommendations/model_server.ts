// TensorFlow Serving's REST API: one user's embedding by exactly one version.

import { DIMENSION, MODEL_NAME } from "./contract.ts";
import type { Instance } from "./features.ts";
import { RungError } from "./rungs.ts";

const TIMEOUT_MS = 500;

/** [768]; throws a RungError if the server has no answer, or another one. */
export async function askModelServer(
  root: string,
  version: string,
  instance: Instance,
): Promise<Float32Array> {
  const reply = await replyOf(
    `${root}/v1/models/${MODEL_NAME}/versions/${version}:predict`,
    instance,
  );
  const vector: unknown = reply?.predictions?.[0];
  const isVector = Array.isArray(vector) && vector.length === DIMENSION &&
    vector.every((value) => Number.isFinite(value));
  if (!isVector) throw noAnswer("another answer");
  return Float32Array.from(vector);
}

async function replyOf(
  url: string,
  instance: Instance,
): Promise<{ predictions?: unknown[] } | null> {
  const body = JSON.stringify({ instances: [instance] });
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const reply = await fetch(url, { method: "POST", body, signal });
    if (!reply.ok) {
      await reply.body?.cancel();
      throw noAnswer(`HTTP ${reply.status}`);
    }
    return await reply.json();
  } catch (error) {
    if (error instanceof RungError) throw error;
    throw noAnswer(error instanceof Error ? error.name : "an error");
  }
}

function noAnswer(got: string): RungError {
  return new RungError(`expected a vector of the model server, got ${got}`);
}
