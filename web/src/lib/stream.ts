// A socket to /ws/stream that comes back by itself, and goes on where it stopped. Knows
// nothing of the DOM, of Svelte, or of what the frames say about the board.

import { parseFrame, type Frame, type Request } from "./messages";

/** The first wait; each further one is twice as long. */
export const RETRY_FIRST_MS = 1_000;
export const RETRY_MAX_MS = 30_000;
/** Each wait is lengthened by up to this share, so that pages do not return as one. */
export const RETRY_JITTER = 0.2;
/** The server sends at least a heartbeat every 5 s: longer silence is not health. */
export const SILENCE_STALE_MS = 12_000;
/** A socket silent this long is given up: the network may have lost it unseen. */
export const SILENCE_GIVE_UP_MS = 30_000;
/** A socket that has not opened by then is given up. */
export const CONNECT_MAX_MS = 10_000;

export type Connection =
  | { readonly phase: "connecting"; readonly attempt: number }
  | { readonly phase: "open" }
  | { readonly phase: "silent" }
  | { readonly phase: "waiting"; readonly attempt: number; readonly waitMs: number };

/** The parts of the world that the stream touches; tests give their own. */
export interface Surroundings {
  open(url: string): WebSocket;
  /** A number from 0 to less than 1. */
  random(): number;
}

export interface StreamEvents {
  onFrame(frame: Frame): void;
  onConnection(connection: Connection): void;
}

const BROWSER: Surroundings = {
  open: (url) => new WebSocket(url),
  random: () => Math.random(),
};

/** Offsets are comparable within one epoch. */
interface Place {
  readonly epoch: string;
  readonly offset: number;
}

export class Stream {
  #socket: WebSocket | null = null;
  #attempt = 0;
  /** One timer at a time: the next try, the opening's deadline, or the silence watch. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silent = false;
  /** The last delta that was read; null: the next socket begins with a snapshot. */
  #place: Place | null = null;

  /** `url` is asked at each try, so that a changed subscription outlives the socket. */
  constructor(
    private readonly url: () => string,
    private readonly events: StreamEvents,
    private readonly surroundings: Surroundings = BROWSER,
  ) {}

  /** Connects now; also ends a wait. Does nothing while a socket is open and heard. */
  start(): void {
    if (this.#socket && !this.#silent) return;
    this.#drop();
    this.#connect();
  }

  stop(): void {
    this.#drop();
    this.#attempt = 0;
  }

  /** What `since` would ask for; null: nothing to go on from. */
  get since(): string | null {
    return this.#place && `${this.#place.epoch}:${this.#place.offset}`;
  }

  /** Begins anew with the next socket: what was read is of another subscription. */
  forget(): void {
    this.#place = null;
  }

  /** Sends `request` when a socket is open; returns whether it was sent. */
  send(request: Request): boolean {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(request));
    return true;
  }

  #connect(): void {
    this.events.onConnection({ phase: "connecting", attempt: this.#attempt });
    const socket = this.surroundings.open(withSince(this.url(), this.since));
    this.#socket = socket;
    this.#after(CONNECT_MAX_MS, () => this.#lost());
    socket.onopen = () => this.#watchSilence();
    socket.onclose = () => this.#lost();
    socket.onmessage = (event: MessageEvent<unknown>) => this.#heard(event.data);
  }

  #heard(data: unknown): void {
    const frame = typeof data === "string" ? parseFrame(data) : null;
    // Health is a board, not an open socket: a server that refuses us after the
    // handshake must not be asked again at full speed.
    if (frame?.type === "snapshot" || frame?.type === "resumed") {
      this.#attempt = 0;
      this.events.onConnection({ phase: "open" });
    } else if (this.#silent) {
      this.events.onConnection({ phase: "open" });
    }
    this.#watchSilence();
    if (!frame) return;
    this.#place = placeAfter(this.#place, frame);
    this.events.onFrame(frame);
  }

  #watchSilence(): void {
    this.#silent = false;
    this.#after(SILENCE_STALE_MS, () => {
      this.#silent = true;
      this.events.onConnection({ phase: "silent" });
      this.#after(SILENCE_GIVE_UP_MS - SILENCE_STALE_MS, () => this.#lost());
    });
  }

  #lost(): void {
    this.#drop();
    const doubled = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** this.#attempt);
    const waitMs = Math.round(doubled * (1 + RETRY_JITTER * this.surroundings.random()));
    this.#attempt += 1;
    this.events.onConnection({ phase: "waiting", attempt: this.#attempt, waitMs });
    this.#after(waitMs, () => this.#connect());
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#silent = false;
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onclose = socket.onmessage = null;
    socket.close();
  }

  #after(ms: number, run: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, ms);
  }
}

/** A delta after a hole moves nothing: what is missing can still be asked for. */
function placeAfter(place: Place | null, frame: Frame): Place | null {
  if (frame.type === "snapshot") return { epoch: frame.epoch, offset: frame.offset };
  if (!place || frame.type !== "delta" || frame.offset !== place.offset + 1) return place;
  return { ...place, offset: frame.offset };
}

function withSince(url: string, since: string | null): string {
  if (since === null) return url;
  return `${url}${url.includes("?") ? "&" : "?"}since=${since}`;
}
