// Milliseconds that the stages of one answer took, for `Server-Timing`.

export class Stages {
  readonly #begun = performance.now();
  readonly #ms = new Map<string, number>();
  #stage = "";
  #since = this.#begun;

  /** Begin a stage, which ends the one before. */
  begin(stage: string): void {
    const now = performance.now();
    if (this.#stage) {
      this.#ms.set(this.#stage, (this.#ms.get(this.#stage) ?? 0) + now - this.#since);
    }
    this.#stage = stage;
    this.#since = now;
  }

  /** By stage, and in all. */
  ended(): Map<string, number> {
    this.begin("");
    return this.#ms.set("total", performance.now() - this.#begun);
  }
}
