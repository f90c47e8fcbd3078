// What the page says about its own health, in words. One place decides, so that pill,
// banner, status bar and screen reader never disagree.

import type { Board } from "./board";
import { clockTime, count, dataAge } from "./format";
import { secondsLeft } from "./links";
import { STREAM_VERSION } from "./messages";
import { zoneName } from "./preferences.svelte";
import type { Connection } from "./stream";

/** ok: as promised. warn: late or incomplete. bad: do not rely on it. other: not real. */
export type Tone = "ok" | "warn" | "bad" | "other" | "idle";

/** The pill's look: a colour and a sign of its own for each. */
export type Look =
  | "live"
  | "delayed"
  | "healing"
  | "polling"
  | "stale"
  | "storage"
  | "starting"
  | "demo"
  | "lost"
  | "unknown";

export interface FeedWords {
  /** The pill. */
  readonly label: string;
  readonly look: Look;
  /** What the pill means, in a sentence. */
  readonly detail: string;
  /** "Demo" or "Replay" beside a pill that has worse to tell; else null. */
  readonly badge: string | null;
  /** Whether the figures are those of now. */
  readonly fresh: boolean;
}

export interface Banner {
  /** note: as it should be, and yet not live. */
  readonly tone: "note" | "warn" | "bad";
  readonly title: string;
  readonly text: string;
  readonly action: "retry" | "reload" | "hide" | null;
}

/** What a mode that is not live is called, and says of itself. */
const NOT_LIVE: Record<string, { label: string; detail: string }> = {
  demo: { label: "Demo", detail: "Demo: a simulated exchange, not real trades" },
  replay: { label: "Replay", detail: "Replay: recorded trades, not those of now" },
};

interface State {
  readonly label: string;
  readonly look: Look;
  readonly detail: string;
  readonly fresh: boolean;
}

const STATES: Record<string, State> = {
  live: { label: "Live", look: "live", fresh: true, detail: "Trades arrive as they happen." },
  delayed: { label: "Delayed", look: "delayed", fresh: true, detail: "No trade has come for longer than usual." },
  healing: { label: "Healing", look: "healing", fresh: true, detail: "Missed trades are being fetched." },
  polling: { label: "Polling", look: "polling", fresh: true, detail: "Trades are asked for every second." },
  starting: { label: "Starting", look: "starting", fresh: false, detail: "The server is connecting to the exchange." },
  stale: { label: "Stale", look: "stale", fresh: false, detail: "The server hears nothing from the exchange." },
  storage_degraded: { label: "Storage degraded", look: "storage", fresh: true, detail: "Trades are shown but cannot be stored now." },
};

export function feedWords(connection: Connection, board: Board | null): FeedWords {
  if (!board) return { ...reaching(connection), badge: null, fresh: false };
  const special = NOT_LIVE[board.mode] ?? (isReal(board.mode) ? null : { label: "Not live", detail: `Mode ${board.mode}: not live` });
  const badge = special?.label ?? null;
  if (connection.phase === "silent") {
    return { label: "Stale", look: "stale", detail: "The server is silent.", badge, fresh: false };
  }
  if (connection.phase !== "open") {
    return { label: "Reconnecting", look: "lost", detail: "The connection to the server is lost.", badge, fresh: false };
  }
  const state = STATES[board.feed.state] ?? {
    label: board.feed.state.slice(0, 20) || "Unknown",
    look: "unknown" as const,
    detail: "The feed is in a state that this page does not know.",
    fresh: true,
  };
  if (special && board.feed.state === "live") {
    return { label: special.label, look: "demo", detail: `${special.detail}.`, badge: null, fresh: true };
  }
  return { ...state, badge };
}

export const HEALING_TITLE = "Some trades were missed.";

/** The banner over the board, or null when there is nothing to warn of. */
export function bannerFor(
  connection: Connection,
  board: Board | null,
  ageMs: number | null,
  nowMs: number,
  retryInMs: number | null,
  outdated = false,
): Banner | null {
  if (!board) return null;
  if (outdated || board.version > STREAM_VERSION) {
    return { tone: "warn", title: "Flowboard was updated.", text: "This page is older than its server.", action: "reload" };
  }
  // Whole seconds on both sides, so that clock less age is the time named.
  const asOfMs = wholeSeconds(nowMs) - wholeSeconds(ageMs ?? 0);
  const as = `Showing data as of ${clockTime(asOfMs)} ${zoneName()}${ageMs === null ? "" : `, ${dataAge(ageMs)} old`}.`;
  if (connection.phase === "silent") {
    return { tone: "warn", title: "The server is silent.", text: as, action: "retry" };
  }
  if (connection.phase !== "open") {
    const next = retryInMs === null ? "Trying now." : `Trying again in ${secondsLeft(retryInMs)}.`;
    return { tone: "warn", title: "Connection to the server lost.", text: `${as} ${next}`, action: "retry" };
  }
  return feedBanner(board, as);
}

/** One sentence each: what it means, and what is being done. */
function feedBanner(board: Board, as: string): Banner | null {
  const { state, open_gaps: gaps } = board.feed;
  switch (state) {
    case "delayed":
      return { tone: "warn", title: "No trade has come for longer than usual.", text: "The server is asking the exchange whether it is quiet, and connects anew if it is not.", action: null };
    case "healing":
      return { tone: "warn", title: HEALING_TITLE, text: `They are being fetched now${gaps > 1 ? `, ${count(gaps)} gaps in all` : ""}; until then figures may be too low.`, action: null };
    case "polling":
      return { tone: "note", title: "Trades are asked for, not streamed.", text: "The server fetches every public trade once a second, so all of them come, a second or two late.", action: "hide" };
    case "stale":
      return { tone: "bad", title: "The server hears nothing from the exchange.", text: `${as} It keeps trying, and will fetch what was missed.`, action: null };
    case "storage_degraded":
      return { tone: "bad", title: "Trades cannot be stored.", text: "They are shown, kept in memory and stored as soon as the disk takes them; see the server's log.", action: null };
    default:
      return null;
  }
}

/** The left end of the status bar: what these trades are. */
export function modeSentence(board: Board | null): string {
  if (!board) return "No data yet";
  if (isReal(board.mode)) return board.feed.state === "polling" ? "Kalshi's public trades, polled" : "Kalshi's public trades";
  return NOT_LIVE[board.mode]?.detail ?? `Mode ${board.mode}: not live`;
}

/** Whether the trades are the exchange's own, of now. */
export function isReal(mode: string): boolean {
  return mode === "live" || mode === "polling";
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

function reaching(connection: Connection): { label: string; look: Look; detail: string } {
  if (connection.phase === "waiting" || (connection.phase === "connecting" && connection.attempt > 0)) {
    return { label: "Reconnecting", look: "lost", detail: "The server does not answer." };
  }
  return { label: "Connecting", look: "starting", detail: "Waiting for the first board." };
}
