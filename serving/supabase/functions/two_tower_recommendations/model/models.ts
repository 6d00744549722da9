// The weights of versions: fetched once, verified by the hash in the registry, and kept.

import { EDGE_FILES, EDGE_FOLDER, ENCODINGS, USER_INPUTS, USER_WEIGHTS } from "../contract.ts";
import { rows, type Snapshot } from "../database.ts";
import { RungError } from "../rungs.ts";
import { inputsOf, type Model, modelOf } from "./model.ts";

interface File {
  sha256: string;
  bytes: number;
}

const KEPT = 2;
const TIMEOUT_MS = 10_000;
// Of both files: twice that is held while a version is loaded, and the platform gives 256 MB.
const BYTES_MOST = 80e6;

export class Models {
  readonly #kept = new Map<string, Promise<Model>>();

  /**
   * @param root Folder of the models, such as a bucket's.
   * @param authorization Header for it; empty for none.
   */
  constructor(readonly root: string, readonly authorization: string) {}

  /** The model of a version; throws a RungError if there is none that can be trusted. */
  async of(snapshot: Snapshot, version: string): Promise<Model> {
    let found = this.#kept.get(version);
    if (!found) {
      found = this.#read(snapshot, version);
      this.#kept.set(version, found);
      found.catch(() => this.#kept.delete(version));
      const [oldest] = this.#kept.keys();
      if (this.#kept.size > KEPT) this.#kept.delete(oldest);
    }
    return await found;
  }

  async #read(snapshot: Snapshot, version: string): Promise<Model> {
    const files = await readFiles(snapshot, version);
    const [text, bytes] = await Promise.all([
      this.#verified(version, ENCODINGS, files),
      this.#verified(version, USER_WEIGHTS, files),
    ]);
    const model = modelOf(text, bytes);
    const inputs = new Set<string>(USER_INPUTS.map((input) => input.name));
    if (!inputsOf(model.encodings).every((name) => inputs.has(name))) {
      throw new RungError(`version ${version} reads other features: deploy the function again`);
    }
    return model;
  }

  async #verified(
    version: string,
    name: string,
    files: Record<string, File>,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#fetched(`${this.root}/${version}/${EDGE_FOLDER}/${name}`);
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const found = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
    if (found !== files[name].sha256) {
      throw new RungError(`${name} of version ${version} has another hash than the released one`);
    }
    return bytes;
  }

  async #fetched(url: string): Promise<Uint8Array<ArrayBuffer>> {
    const headers = this.authorization ? { Authorization: this.authorization } : undefined;
    try {
      const reply = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (reply.ok) return new Uint8Array(await reply.arrayBuffer());
      await reply.body?.cancel();
    } catch {
      // Said below, as of any other answer.
    }
    throw new RungError("the model's weights cannot be read");
  }
}

/** Hashes and sizes of a version's files, as the registry has them. */
async function readFiles(snapshot: Snapshot, version: string): Promise<Record<string, File>> {
  const [row] = await rows<{ files: Record<string, File> | null }>(
    snapshot,
    EDGE_FILES,
    [version],
    "(files)",
  );
  const files = row?.files ?? {};
  if (!files[ENCODINGS] || !files[USER_WEIGHTS]) {
    throw new RungError(`version ${version} was released without weights for the edge`);
  }
  if (files[ENCODINGS].bytes + files[USER_WEIGHTS].bytes > BYTES_MOST) {
    throw new RungError("the weights are too large for the edge: set MODEL_SERVER_URL");
  }
  return files;
}
