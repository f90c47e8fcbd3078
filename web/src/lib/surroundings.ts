// What the board is not told by the stream: the biggest event flows, categories with their
// counts, names of markets that are not on the list. Read with care, asked for seldom.

import { numberIn, objectsIn, textIn, type Told } from "./server";
import { netDollarsE6 } from "./flow";
import { count, fixedText, parseFixed, plainTitle } from "./format";

export interface EventFlow {
  readonly ticker: string;
  readonly title: string;
  /** What the money runs towards; null: nobody can say, its markets have no two sides. */
  readonly towards: string | null;
  /** 1 towards the event's first side or up, -1 the other way, 0 neither. */
  readonly sign: -1 | 0 | 1;
  /** Of the net contracts, at the price that their takers paid on average; of all takers
   * where there are no sides. */
  readonly dollarsE6: bigint;
}

export interface Part {
  readonly name: string;
  readonly title: string;
  /** Markets of it that can be traded. */
  readonly open: number;
}

export interface Category extends Part {
  readonly leagues: readonly Part[];
  readonly series: readonly Part[];
}

/** What is usually paid in a window at this hour of the day. */
export interface Usual {
  readonly window: string;
  /** Null where no day before this one is on the tape whole. */
  readonly dollars: string | null;
  readonly days: number;
}

/** Reads `/api/events`: those of a direction first, each kind by its dollars. */
export function readEvents(told: Told): EventFlow[] {
  const flows = objectsIn(told, "events").map((event): EventFlow => {
    const netE6 = netDollarsE6({
      net_flow_fp: textIn(event, "net_flow_fp"),
      volume_fp: textIn(event, "volume_fp"),
      yes_flow_dollars: textIn(event, "plus_flow_dollars"),
      no_flow_dollars: textIn(event, "minus_flow_dollars"),
    });
    const towards = netE6 === 0n ? "" : textIn(event, netE6 > 0n ? "plus_side" : "minus_side");
    const ticker = textIn(event, "event_ticker");
    return {
      ticker,
      title: plainTitle(textIn(event, "title")) || ticker,
      towards: towards ? plainTitle(towards) : null,
      sign: !towards ? 0 : netE6 > 0n ? 1 : -1,
      dollarsE6: !towards ? (parseFixed(event["notional_dollars"], 6) ?? 0n) : netE6 < 0n ? -netE6 : netE6,
    };
  });
  return flows.toSorted((a, b) => Math.abs(b.sign) - Math.abs(a.sign) || Number(b.dollarsE6 - a.dollarsE6));
}

/** Reads `/api/categories`. */
export function readCategories(told: Told): Category[] {
  return objectsIn(told, "categories").flatMap((found) => {
    const name = textIn(found, "category");
    const parts = (list: string, key: string): Part[] =>
      objectsIn(found, list).flatMap((part) => (textIn(part, key) ? [partOf(part, textIn(part, key))] : []));
    return name ? [{ ...partOf(found, name), leagues: parts("leagues", "league"), series: parts("series", "series_ticker") }] : [];
  });
}

function partOf(found: Record<string, unknown>, name: string): Part {
  return { name, title: plainTitle(textIn(found, "title")) || name, open: numberIn(found, "open_markets") };
}

/** Reads the short labels of `/api/markets`. */
export function readLabels(told: Told): Map<string, string> {
  const found = objectsIn(told, "markets").map(
    (market) => [textIn(market, "market_ticker"), plainTitle(textIn(market, "short_label"))] as const,
  );
  return new Map(found.filter(([ticker, label]) => ticker && label && label !== ticker));
}

/** Reads `/api/usual`. */
export function readUsual(told: Told): Usual | null {
  if (typeof told !== "object") return null;
  const dollars = textIn(told, "usual_notional_dollars");
  return { window: textIn(told, "window"), dollars: parseFixed(dollars, 6) ? dollars : null, days: numberIn(told, "days") };
}

/** How many times `usual` is `paid`: "1.8×", "12×"; "" where that cannot be told. */
export function timesUsual(paid: string, usual: string | null): string {
  const paidE6 = parseFixed(paid, 6);
  const usualE6 = parseFixed(usual, 6);
  if (paidE6 === null || !usualE6 || usualE6 < 0n) return "";
  const tenths = (paidE6 * 10n + usualE6 / 2n) / usualE6;
  if (tenths >= 100n) return `${count(Number((tenths + 5n) / 10n))}×`;
  return tenths === 0n ? "<0.1×" : `${fixedText(tenths, 1)}×`;
}
