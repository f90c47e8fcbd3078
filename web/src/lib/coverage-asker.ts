// Asks for /api/coverage at load, when the feed changes, and every 30 s; never while
// hidden, never twice at once. Knows nothing of Svelte.

import { readCoverage, type Coverage } from "./coverage";

export const ASK_EVERY_MS = 30_000;
/** However often the feed changes: so much time between two questions. */
export const ASK_GAP_MS = 1_000;
const ANSWER_MAX_MS = 10_000;

/** `absent`: the server is older than this page and has no such address. */
export type Answer = Coverage | "absent" | "failed";

export class CoverageAsker {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  /** Something has changed since the last question. */
  #changed = true;
  #absent = false;
  #hidden = true;
  #askedAtMs = -ASK_EVERY_MS;

  constructor(
    private readonly onAnswer: (answer: Answer) => void,
    private readonly ask: () => Promise<Answer> = askServer,
  ) {}

  /** The feed has changed; another server may know an address that the last did not. */
  changed(otherServer: boolean): void {
    this.#changed = true;
    if (otherServer) this.#absent = false;
    this.#plan();
  }

  /** Asks from now on, or no more: the page is seen, or hidden or gone. */
  seen(seen: boolean): void {
    this.#hidden = !seen;
    this.#plan();
  }

  #plan(): void {
    clearTimeout(this.#timer);
    if (this.#hidden || this.#absent || this.#asking) return;
    const waitMs = this.#changed ? ASK_GAP_MS : ASK_EVERY_MS;
    const dueInMs = Math.max(0, this.#askedAtMs + waitMs - performance.now());
    this.#timer = setTimeout(() => void this.#askNow(), dueInMs);
  }

  async #askNow(): Promise<void> {
    this.#asking = true;
    this.#changed = false;
    this.#askedAtMs = performance.now();
    const answer = await this.ask();
    this.#asking = false;
    this.#absent = answer === "absent";
    this.onAnswer(answer);
    this.#plan();
  }
}

async function askServer(): Promise<Answer> {
  try {
    const answer = await fetch("/api/coverage", { signal: AbortSignal.timeout(ANSWER_MAX_MS) });
    if (answer.status === 404) return "absent";
    return (answer.ok && readCoverage(await answer.json())) || "failed";
  } catch {
    return "failed";
  }
}
