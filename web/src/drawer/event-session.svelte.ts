// One open event, asked for anew every few seconds while it is seen.

import { readEventPage, type EventPage } from "../lib/market";
import type { WindowName } from "../lib/messages";
import { ask } from "./ask";

const ASK_EVERY_MS = 3_000;

export class EventSession {
  state = $state<"loading" | "ready" | "unknown" | "failed">("loading");
  page = $state.raw<EventPage | null>(null);
  /** The last question was not answered: what is shown grows old. */
  late = $state(false);

  readonly #asking = new AbortController();
  #paused = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `before` was open until now: the same event stays on screen. */
  constructor(
    readonly ticker: string,
    readonly window: WindowName,
    before: EventSession | null = null,
  ) {
    if (before?.ticker !== ticker || !before.page) return;
    this.page = before.page;
    this.state = "ready";
  }

  /** Asks from now on, and returns what ends that. */
  start(): () => void {
    const seen = (): void => {
      if (!document.hidden) void this.#ask();
    };
    document.addEventListener("visibilitychange", seen);
    void this.#ask();
    return () => {
      document.removeEventListener("visibilitychange", seen);
      clearTimeout(this.#timer);
      this.#asking.abort();
    };
  }

  /** Nothing of what is shown changes while the board is paused. */
  pause(paused: boolean): void {
    const on = this.#paused && !paused;
    this.#paused = paused;
    if (on) void this.#ask();
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#paused && this.page) return;
    const path = `/api/events/${encodeURIComponent(this.ticker)}?window=${this.window}`;
    const answer = await ask(path, readEventPage, this.#asking.signal);
    if (this.#asking.signal.aborted || (this.#paused && this.page)) return;
    const told = answer !== "unknown" && answer !== "failed";
    this.late = !told;
    if (told) this.page = answer;
    if (told || !this.page) this.state = told ? "ready" : answer;
    clearTimeout(this.#timer);
    if (!document.hidden) this.#timer = setTimeout(() => void this.#ask(), ASK_EVERY_MS);
  }
}
