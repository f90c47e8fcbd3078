// Numbers and times as text. Fixed-point strings are cut and rounded as integers
// (BigInt), never as floats; what cannot be read is shown as a dash. Times are in the
// preferred zone, prices in the preferred unit.

import { preferences, zoneForIntl } from "./preferences.svelte";

export const DASH = "–";
const MINUS = "\u2212";
const LOCALE = "en-US";
const TITLE_CHARS_MAX = 300;

/** Returns the decimal number in `text` as an integer of 10^-`decimals`, cut; or null. */
export function parseFixed(text: unknown, decimals: number): bigint | null {
  const match = typeof text === "string" ? /^(-?)(\d{1,30})(?:\.(\d{1,18}))?$/.exec(text) : null;
  if (!match) return null;
  const fraction = (match[3] ?? "").padEnd(decimals, "0").slice(0, decimals);
  const size = BigInt(match[2] + fraction);
  return match[1] ? -size : size;
}

/** Returns -1, 0 or 1: the sign of a fixed-point string (0 when it cannot be read). */
export function signOf(text: string): -1 | 0 | 1 {
  const value = parseFixed(text, 6) ?? 0n;
  return value < 0n ? -1 : value > 0n ? 1 : 0;
}

/** "0.6400" -> "64¢", "0.4550" -> "45.5¢", "-0.0070" -> "−0.7¢"; or "64%". */
export function cents(dollars: string): string {
  const value = parseFixed(dollars, 6);
  if (value === null) return DASH;
  const digits = fixedText(abs(value), 4).replace(/\.?0+$/, "");
  return `${value < 0n ? MINUS : ""}${digits}${preferences.priceUnit === "cents" ? "¢" : "%"}`;
}

/** A change without its sign, "3¢", or a dash for none: the arrow tells the way. */
export function changeSize(dollars: string): string {
  return signOf(dollars) === 0 ? DASH : cents(dollars.replace("-", ""));
}

/** "$14", "$0.36", "$5.29k", "$43.6k", "$1.30M": three digits, half up. */
export function dollars(text: string): string {
  const e6 = parseFixed(text, 6);
  return e6 === null ? DASH : dollarsE6(e6);
}

/** The same of an integer of 1e-6 dollars. */
export function dollarsE6(e6: bigint): string {
  const size = abs(e6);
  const sign = e6 < 0n ? MINUS : "";
  const e2 = roundTo(size, 10_000n);
  if (e2 === 0n) return "$0";
  if (e2 < 100n) return `${sign}$${fixedText(e2, 2)}`;
  const whole = roundTo(size, 1_000_000n);
  return `${sign}$${whole < 1000n ? whole : threeDigits(size, 6)}`;
}

/** "1,677", "2.50" when fractional and below 1,000, "14.5k" from 10,000; with its sign. */
export function contracts(text: string): string {
  const e2 = parseFixed(text, 2);
  if (e2 === null) return DASH;
  const size = abs(e2);
  const sign = e2 < 0n ? MINUS : "";
  const whole = roundTo(size, 100n);
  if (whole >= 10_000n) return sign + threeDigits(size, 2);
  const fractional = size % 100n !== 0n && whole < 1000n;
  return sign + (fractional ? fixedText(size, 2) : grouped(`${whole}`));
}

/** Contracts without their sign: an arrow and a word tell the way. */
export function contractsSize(text: string): string {
  return contracts(text.replace("-", ""));
}

/** Every digit of a fixed-point string, grouped: for tooltips. */
export function exact(text: string): string {
  if (parseFixed(text, 0) === null) return DASH;
  return text.startsWith("-") ? MINUS + grouped(text.slice(1)) : grouped(text);
}

/** A whole number, grouped: "2,100,000". */
export function count(value: number): string {
  return Number.isFinite(value) ? new Intl.NumberFormat(LOCALE).format(value) : DASH;
}

/** Trades a second: one decimal below ten, else whole. */
export function rate(value: number | string): string {
  const perSecond = Number(value);
  if (!Number.isFinite(perSecond)) return DASH;
  const digits = perSecond < 10 && perSecond > 0 ? 1 : 0;
  return new Intl.NumberFormat(LOCALE, { maximumFractionDigits: digits }).format(perSecond);
}

const SHAPES = {
  timeOfDay: { timeStyle: "medium" },
  day: { dateStyle: "medium" },
  dateAndTime: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
} as const;
const writers = new Map<string, Intl.DateTimeFormat>();

/** Writers are costly to make: one for each shape and zone. */
function written(shape: keyof typeof SHAPES, ms: number): string {
  const timeZone = zoneForIntl();
  const key = `${shape} ${timeZone}`;
  let writer = writers.get(key);
  if (!writer) {
    writer = new Intl.DateTimeFormat("en-GB", { ...SHAPES[shape], timeZone });
    writers.set(key, writer);
  }
  return writer.format(ms);
}

/** "02:47:31". */
export function clockTime(ms: number): string {
  return isTime(ms) ? written("timeOfDay", ms) : DASH;
}

/** "21 Nov 2026". */
export function day(ms: number): string {
  return isTime(ms) ? written("day", ms) : DASH;
}

/** "02:47:31" within a day of `nowMs`, else "19 Nov 02:47". */
export function moment(ms: number, nowMs: number): string {
  const lately = Math.abs(nowMs - ms) < 86_400_000;
  return lately || !isTime(ms) ? clockTime(ms) : written("dateAndTime", ms).replace(",", "");
}

/** "2026-11-21T02:47:31.123Z": for tooltips. */
export function isoTime(ms: number): string {
  return isTime(ms) ? new Date(ms).toISOString() : DASH;
}

/** Age of a print in a feed: "now", "3s", "2m", "1h", "4d". */
export function printAge(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return seconds < 1 ? "now" : duration(seconds).replace(" ", "").replace("min", "m");
}

/** Age of the data in a sentence: "<1 s", "16 s", "3 min", "2 h". */
export function dataAge(ms: number): string {
  return ms < 1000 ? "<1 s" : duration(Math.floor(ms / 1000));
}

/** Returns a title as it may be shown: no control or direction marks, bounded. */
export function plainTitle(title: string): string {
  // C0, C1, and the marks that turn the direction of text around.
  const marks = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
  return title.slice(0, TITLE_CHARS_MAX).replace(marks, "");
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

function isTime(ms: number): boolean {
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15;
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** `value / unit`, half up; `value` is not negative. */
function roundTo(value: bigint, unit: bigint): bigint {
  return (value + unit / 2n) / unit;
}

/** Writes an integer of 10^-`decimals`, not negative, with every decimal. */
export function fixedText(value: bigint, decimals: number): string {
  const digits = value.toString().padStart(decimals + 1, "0");
  return decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits;
}

/** Three digits and a suffix, for a number of 10^-`decimals` that is at least 999.5. */
function threeDigits(value: bigint, decimals: number): string {
  for (const [power, suffix] of [[3, "k"], [6, "M"], [9, "B"], [12, "T"]] as const) {
    for (const places of [2, 1, 0]) {
      const shown = roundTo(value, 10n ** BigInt(decimals + power - places));
      if (shown < 1000n) return fixedText(shown, places) + suffix;
    }
  }
  return `${grouped((value / 10n ** BigInt(decimals + 12)).toString())}T`;
}

function grouped(digits: string): string {
  const [whole = "", fraction] = digits.split(".");
  const text = BigInt(whole).toLocaleString(LOCALE);
  return fraction === undefined ? text : `${text}.${fraction}`;
}
