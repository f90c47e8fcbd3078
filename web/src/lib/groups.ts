// Rows -> the lines of the table: each event's first row, its others under it. Pure.

import type { Board } from "./board";
import { parseFixed, plainTitle } from "./format";
import type { HotRow } from "./messages";
import { ENDS_MS, type View } from "./view";

/** Behind the last dot, else a strike: "≥ 98k", "52–53°"; else what follows a cut. */
const OUTCOME = / · (?!.* · )|(?<!.* · .*) [≥≤<>] ?[$\d-][^ ]*( [a-z]+)?$|(?<!.* · .*) [$-]?\d[^ ]*–[^ ]*( [a-z]+)?$/;

/** What a market is called by. */
export type Named = Pick<HotRow, "market_ticker"> & Partial<Pick<HotRow, "title" | "short_label">>;

export interface Line {
  readonly row: HotRow;
  /** Other markets of the event on the list, on the event's first line. */
  readonly others: number;
  readonly open: boolean;
  /** Under an event's first line. */
  readonly inner: boolean;
}

/** Returns the lines in the order of `rows`; an event stands where its first row does. */
export function linesOf(rows: readonly HotRow[], opened: ReadonlySet<string>, grouped: boolean): Line[] {
  if (!grouped) return rows.map((row) => ({ row, others: 0, open: false, inner: false }));
  const events = new Map<string, HotRow[]>();
  for (const row of rows) {
    const event = eventOf(row);
    const there = events.get(event);
    if (there) there.push(row);
    else events.set(event, [row]);
  }
  const lines: Line[] = [];
  for (const [event, [first, ...rest]] of events) {
    if (!first) continue;
    const open = rest.length > 0 && opened.has(event);
    lines.push({ row: first, others: rest.length, open, inner: false });
    if (open) for (const row of rest) lines.push({ row, others: 0, open: false, inner: true });
  }
  return lines;
}

/** Returns `lines` with those of `before` that say the same: what is drawn of them stays. */
export function steadyLines(lines: readonly Line[], before: readonly Line[]): Line[] {
  const known = new Map(before.map((line) => [line.row.market_ticker, line]));
  return lines.map((line) => {
    const was = known.get(line.row.market_ticker);
    const same = was?.row === line.row && was.others === line.others && was.open === line.open && was.inner === line.inner;
    return same ? was : line;
  });
}

/** The event's ticker, else the market's own: it is alone then. */
export function eventOf(row: HotRow): string {
  return row.event_ticker || row.market_ticker;
}

/** A title in its two parts: the question, and what YES stands for in it. */
export function titleParts(row: HotRow): { question: string; outcome: string } {
  const outcome = plainTitle(row.outcome ?? "");
  if (row.title === null) return { question: row.market_ticker, outcome };
  const title = plainTitle(row.title);
  const end = ` · ${outcome}`;
  return { question: outcome && title.endsWith(end) ? title.slice(0, -end.length) : title, outcome };
}

/** What a row is called: the event, what YES stands for in it, and its short label where
 * that is another name, not the same words cut. */
export function rowName(row: HotRow): { title: string; outcome: string; label: string } {
  const { question, outcome } = titleParts(row);
  const title = plainTitle(row.event_title ?? "") || question;
  const which = outcome || (title === question ? "" : question);
  const label = plainTitle(row.short_label ?? "");
  const { head } = labelParts(label);
  const known = !label || label === which || label === row.market_ticker || title.startsWith(head ? head.replace(/…$/, "") : label);
  return { title, outcome: which, label: known ? "" : label };
}

/** What narrow places call it. */
export function labelOf(row: Named): string {
  return plainTitle(row.short_label ?? "") || plainTitle(row.title ?? "") || row.market_ticker;
}

/** Returns the rows that `view` leaves in, in its order: what the stream cannot sift. */
export function shownRows(board: Pick<Board, "rows" | "whales" | "tsMs">, view: View): readonly HotRow[] {
  let { rows } = board;
  if (view.ends) {
    const endMs = board.tsMs + ENDS_MS[view.ends];
    rows = rows.filter(({ ends_ts_ms: ends }) => ends != null && ends <= endMs);
  }
  if (view.whales) {
    const tickers = new Set(board.whales.map((whale) => whale.market_ticker));
    rows = rows.filter((row) => tickers.has(row.market_ticker));
  }
  return view.sort === "change" ? byChange(rows) : rows;
}

/** A label cut where it may be cut: outcome and strike, at its end, never are. */
export function labelParts(label: string): { head: string; tail: string } {
  // A ticker, as long as nothing else is known: its last part is the outcome.
  const at = /\s/.test(label) ? label.search(OUTCOME) : label.lastIndexOf("-");
  return at > 0 ? { head: label.slice(0, at), tail: label.slice(at) } : { head: "", tail: label };
}

/** Orders rows by how far their price moved, either way; ties by ticker. */
export function byChange(rows: readonly HotRow[]): HotRow[] {
  const size = (row: HotRow): bigint => {
    const value = parseFixed(row.change_dollars, 6) ?? 0n;
    return value < 0n ? -value : value;
  };
  const keyed = rows.map((row) => ({ row, key: size(row) }));
  keyed.sort((a, b) => {
    if (a.key !== b.key) return a.key > b.key ? -1 : 1;
    return a.row.market_ticker < b.row.market_ticker ? -1 : 1;
  });
  return keyed.map(({ row }) => row);
}
