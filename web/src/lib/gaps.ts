// Gaps and audited hours in words: for the panel that is opened. Pure.

import type { Gap, Hour } from "./coverage";
import { plainTitle } from "./format";

const HOUR_MS = 3_600_000;

const CAUSES: Record<string, string> = {
  start: "Before the first start",
  restart: "Server was not running",
  connect: "Before the connection stood",
  disconnect: "Connection lost",
  unsubscribed: "Exchange ended the subscription",
  stall: "Trades stopped coming",
  silence: "Connection fell silent",
  pause: "Trades paused for a moment",
  seq: "Message numbers jumped",
  error: "Exchange reported an error",
  overflow: "More came than could be queued",
  sleep: "Machine was asleep",
  poll: "Before polling began",
  audit: "Found by the audit",
  backfill: "Asked for",
};

const STATES: Record<string, string> = { open: "open", healing: "being fetched", closed: "closed" };

/** What was compared, and how much of an hour that is: "" for all of it. */
export function auditedHours(hours: readonly Hour[]): { hour: Hour; part: string }[] {
  return hours
    .filter((hour) => hour.audited_ms !== 0)
    .map((hour) => {
      const minutes = Math.floor((hour.audited_ms ?? HOUR_MS) / 60_000);
      return { hour, part: minutes < 60 ? `${minutes} min` : "" };
    });
}

/** A gap's cause for people; a word that is not known is shown as it is. */
export function causeWords(gap: Gap): string {
  const known = CAUSES[gap.cause] ?? plainTitle(gap.cause).replaceAll("_", " ").slice(0, 40);
  return gap.ticker === null ? known : `${known}: ${plainTitle(gap.ticker)}`;
}

export function gapState(gap: Gap): string {
  return STATES[gap.state] ?? plainTitle(gap.state).slice(0, 20);
}
