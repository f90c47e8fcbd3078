// What /api/coverage says of the tape, as types and in words. Pure.

import type { AuditedHour, AuditTotal, CoverageReport, GapReport } from "./api";
import { count } from "./format";
import type { Tone } from "./feed";

/** A span of exchange time of which trades were, or may be, missing. */
export type Gap = Omit<GapReport, "noticed_ms" | "closed_ms" | "pages" | "state"> & {
  /** open, healing or closed. */
  readonly state: string;
};

/** An hour as the audit found it, after healing. */
export type Hour = Pick<AuditedHour, "from_ms" | "ours" | "exchange" | "missing" | "extra"> &
  Partial<Pick<AuditedHour, "audited_ms">>;

/** What the page reads of `/api/coverage`. */
export type Coverage = Pick<CoverageReport, "complete_to_ms" | "timestamp"> & {
  /** Newest first. */
  readonly gaps: readonly Gap[];
  readonly last_24h: Omit<AuditTotal, "recovered">;
  /** Of the server's link to the exchange, since it was started. */
  readonly reconnects?: number;
  /** Newest first. */
  readonly hours: readonly Hour[];
};

/** The one figure: how many of the exchange's trades are here. */
export interface Figure {
  /** "2,412,737 of 2,412,737", or that there is none yet. */
  readonly text: string;
  /** What is wrong, e.g. "7 missing"; "" when nothing is. */
  readonly fault: string;
  readonly tone: Tone;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The newest spans are not closed or not audited yet: a day less these is a whole day. */
const NOT_YET_MS = 30 * 60_000;

/** Returns the coverage in `value`, or null when it is none that this page can read. */
export function readCoverage(value: unknown): Coverage | null {
  if (typeof value !== "object" || value === null) return null;
  const { gaps, hours, last_24h: day } = value as Record<string, unknown>;
  const whole = Array.isArray(gaps) && Array.isArray(hours) && typeof day === "object" && day !== null;
  return whole ? (value as Coverage) : null;
}

/** An old figure (`late`) proves nothing about now: it may warn, but not reassure. */
export function figureOf(coverage: Coverage, late: boolean): Figure {
  const day = coverage.last_24h;
  const none = day.exchange === 0 && day.extra === 0;
  if (none && day.audited_ms > 0) return { text: "no trades to audit yet", fault: "", tone: "idle" };
  if (!(day.audited_ms > 0)) return { text: "not audited yet", fault: "", tone: "idle" };
  const text = `${count(day.exchange - day.missing)} of ${count(day.exchange)}`;
  const faults = [day.missing && `${count(day.missing)} missing`, day.extra && `${count(day.extra)} extra`];
  const fault = faults.filter(Boolean).join(", ");
  return { text, fault, tone: fault ? "bad" : late ? "idle" : "ok" };
}

/** "the last 24 h", or how much of them was audited so far. */
export function auditedSpan(auditedMs: number): string {
  if (auditedMs >= DAY_MS - NOT_YET_MS) return "the last 24 h";
  const minutes = Math.floor(auditedMs / 60_000);
  return `${minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`} of the last 24 h`;
}
