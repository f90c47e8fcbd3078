// What the board is not told by the stream: the biggest event flows, categories with their
// counts, names of markets that are not on the list. Read with care, asked for seldom.

import { numberIn, objectsIn, textIn, type Told } from "./server";
import { parseFixed, plainTitle } from "./format";

export interface EventFlow {
  readonly ticker: string;
  readonly title: string;
  /** What the money runs towards; null: nobody can say, its markets have no two sides. */
  readonly towards: string | null;
  /** 1 towards the event's first side or up, -1 the other way, 0 neither. */
  readonly sign: -1 | 0 | 1;
  /** Dollars towards that side; of all takers where there is none. */
  readonly dollars: string;
}

export interface Part {
  readonly name: string;
  readonly title: string;
  /** Markets of it that can be traded. */
  readonly open: number;
}

export interface Category extends Part {
  readonly series: readonly Part[];
}

/** Reads `/api/events`. */
export function readEvents(told: Told): EventFlow[] {
  return objectsIn(told, "events").map((event) => {
    const net = parseFixed(event["net_flow_fp"], 2);
    const sign = net === null || net === 0n ? 0 : net > 0n ? 1 : -1;
    const towards = sign === 0 ? "" : textIn(event, sign > 0 ? "plus_side" : "minus_side");
    const paid = sign === 0 || !towards ? "notional_dollars" : sign > 0 ? "plus_flow_dollars" : "minus_flow_dollars";
    const ticker = textIn(event, "event_ticker");
    return {
      ticker,
      title: plainTitle(textIn(event, "title")) || ticker,
      towards: towards ? plainTitle(towards) : null,
      sign: towards ? sign : 0,
      dollars: textIn(event, paid),
    };
  });
}

/** Reads `/api/categories`. */
export function readCategories(told: Told): Category[] {
  return objectsIn(told, "categories").flatMap((found) => {
    const name = textIn(found, "category");
    const series = objectsIn(found, "series").map((part) => partOf(part, textIn(part, "series")));
    return name ? [{ ...partOf(found, name), series: series.filter((part) => part.name) }] : [];
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

/** A market's event, as long as nobody has named it: its ticker less the last part. */
export function guessedEvent(ticker: string): string {
  const at = ticker.lastIndexOf("-");
  return at > 0 ? ticker.slice(0, at) : ticker;
}
