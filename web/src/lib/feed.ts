// What the page says about its own health, in words. One place decides, so that pill,
// banner, status bar and screen reader never disagree.

import type { Board } from "./board";
import { clockTime, dataAge } from "./format";
import { STREAM_VERSION } from "./messages";
import type { Connection } from "./stream";

/** ok: as promised. warn: late or incomplete. bad: do not rely on it. other: not real. */
export type Tone = "ok" | "warn" | "bad" | "other" | "idle";

export interface FeedWords {
  /** The pill. */
  readonly label: string;
  readonly tone: Tone;
  /** What the pill means, in a sentence. */
  readonly detail: string;
  /** "Demo" or "Replay" beside a pill that has worse to tell; else null. */
  readonly badge: string | null;
  /** Whether the figures are those of now. */
  readonly fresh: boolean;
}

export interface Banner {
  readonly tone: "warn" | "bad";
  readonly title: string;
  readonly text: string;
  readonly action: "retry" | "reload" | null;
}

/** What a mode that is not live is called, and says of itself. */
const NOT_LIVE: Record<string, { label: string; detail: string }> = {
  demo: { label: "Demo", detail: "Demo: a simulated exchange, not real trades" },
  replay: { label: "Replay", detail: "Replay: recorded trades, not those of now" },
};

const STATES: Record<string, { label: string; tone: Tone; detail: string; fresh: boolean }> = {
  live: { label: "Live", tone: "ok", fresh: true, detail: "Trades arrive as they happen." },
  delayed: { label: "Delayed", tone: "warn", fresh: true, detail: "No trade has come for longer than usual." },
  healing: { label: "Catching up", tone: "warn", fresh: true, detail: "Missed trades are being fetched." },
  polling: { label: "Polling", tone: "warn", fresh: true, detail: "Trades are fetched every few seconds; no key is set." },
  starting: { label: "Starting", tone: "idle", fresh: false, detail: "The server is connecting to the exchange." },
  stale: { label: "Stale", tone: "bad", fresh: false, detail: "The server hears nothing from the exchange." },
  storage_degraded: { label: "Storage", tone: "bad", fresh: true, detail: "Trades are shown but cannot be stored now." },
};

export function feedWords(connection: Connection, board: Board | null): FeedWords {
  if (!board) return { ...reaching(connection), badge: null, fresh: false };
  const special = NOT_LIVE[board.mode] ?? (isReal(board.mode) ? null : { label: "Not live", detail: `Mode ${board.mode}: not live` });
  const badge = special?.label ?? null;
  if (connection.phase === "silent") {
    return { label: "Stale", tone: "bad", detail: "The server is silent.", badge, fresh: false };
  }
  if (connection.phase !== "open") {
    return { label: "Reconnecting", tone: "warn", detail: "The connection to the server is lost.", badge, fresh: false };
  }
  const state = STATES[board.feed.state] ?? {
    label: board.feed.state.slice(0, 20) || "Unknown",
    tone: "warn" as const,
    detail: "The feed is in a state that this page does not know.",
    fresh: true,
  };
  if (special && board.feed.state === "live") {
    return { label: special.label, tone: "other", detail: `${special.detail}.`, badge: null, fresh: true };
  }
  return { ...state, badge };
}

/** The banner over the board, or null when there is nothing to warn of. */
export function bannerFor(
  connection: Connection,
  board: Board | null,
  ageMs: number | null,
  nowMs: number,
  retryInMs: number | null,
): Banner | null {
  if (!board) return null;
  if (board.version > STREAM_VERSION) {
    return { tone: "warn", title: "Flowboard was updated.", text: "This page is older than its server.", action: "reload" };
  }
  // Whole seconds on both sides, so that clock less age is the time named.
  const asOfMs = wholeSeconds(nowMs) - wholeSeconds(ageMs ?? 0);
  const as = `Showing data as of ${clockTime(asOfMs)} UTC${ageMs === null ? "" : `, ${dataAge(ageMs)} old`}.`;
  if (connection.phase === "silent") {
    return { tone: "warn", title: "The server is silent.", text: as, action: "retry" };
  }
  if (connection.phase !== "open") {
    const next = retryInMs === null ? "Trying now." : `Trying again in ${Math.max(1, Math.ceil(retryInMs / 1000))} s.`;
    return { tone: "warn", title: "Connection to the server lost.", text: `${as} ${next}`, action: "retry" };
  }
  if (board.feed.state === "stale") {
    return { tone: "bad", title: "The exchange is silent.", text: `${as} The server keeps trying.`, action: null };
  }
  if (board.feed.state === "storage_degraded") {
    return { tone: "bad", title: "Trades cannot be stored.", text: "They are shown, kept in memory and stored later; see the server's log.", action: null };
  }
  return null;
}

/** The left end of the status bar: what these trades are. */
export function modeSentence(board: Board | null): string {
  if (!board) return "No data yet";
  if (isReal(board.mode)) return board.mode === "polling" ? "Kalshi's public trades, polled" : "Kalshi's public trades";
  return NOT_LIVE[board.mode]?.detail ?? `Mode ${board.mode}: not live`;
}

/** Whether the trades are the exchange's own, of now. */
export function isReal(mode: string): boolean {
  return mode === "live" || mode === "polling";
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

function reaching(connection: Connection): { label: string; tone: Tone; detail: string } {
  if (connection.phase === "waiting" || (connection.phase === "connecting" && connection.attempt > 0)) {
    return { label: "Reconnecting", tone: "warn", detail: "The server does not answer." };
  }
  return { label: "Connecting", tone: "idle", detail: "Waiting for the first board." };
}
