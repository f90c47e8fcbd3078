// The two links that a trade comes over, in words: exchange -> Flowboard, and
// Flowboard -> you. Each has a state of its own and an age of its own. Pure.

import type { Board } from "./board";
import type { Tone } from "./feed";
import type { Connection } from "./stream";

export interface Link {
  readonly tone: Tone;
  /** One or two words; changes when the link does. */
  readonly state: string;
  /** What the age is the age of. */
  readonly newest: string;
  /** Milliseconds; null before anything came over it. */
  readonly ageMs: number | null;
}

/** How the exchange's trades reach the server, as far as the server could tell us. */
export function exchangeLink(connection: Connection, board: Board | null, ageMs: number | null): Link {
  return { ...exchangeState(connection, board), newest: "newest trade", ageMs };
}

/** How the server's frames reach this page. */
export function pageLink(connection: Connection, ageMs: number | null, retryInMs: number | null): Link {
  return { ...pageState(connection, retryInMs), newest: "last word", ageMs };
}

/** Whole seconds to wait, never "0 s". */
export function secondsLeft(ms: number): string {
  return `${Math.max(1, Math.ceil(ms / 1000))} s`;
}

type State = Pick<Link, "tone" | "state">;

function exchangeState(connection: Connection, board: Board | null): State {
  if (!board) return { tone: "idle", state: "not known yet" };
  // The server tells of it; while the server is not heard nobody does.
  if (connection.phase !== "open") return { tone: "idle", state: "not known now" };
  const { state, connected } = board.feed;
  if (!connected) {
    return state === "starting" ? { tone: "idle", state: "connecting" } : { tone: "bad", state: "not connected" };
  }
  if (state === "delayed") return { tone: "warn", state: "silent" };
  return { tone: "ok", state: state === "polling" ? "polled" : "connected" };
}

function pageState(connection: Connection, retryInMs: number | null): State {
  switch (connection.phase) {
    case "open":
      return { tone: "ok", state: "connected" };
    case "silent":
      return { tone: "bad", state: "silent" };
    case "waiting":
      return { tone: "warn", state: `retry in ${secondsLeft(retryInMs ?? connection.waitMs)}` };
    case "connecting":
      return connection.attempt > 0 ? { tone: "warn", state: "reconnecting" } : { tone: "idle", state: "connecting" };
  }
}
