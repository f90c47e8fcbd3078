// The board in two or three sentences, for those who hear it. Pure.

import type { Board } from "./board";
import { cents, dollars, signOf } from "./format";
import { labelOf } from "./groups";
import type { HotRow } from "./messages";

const NAMED = 3;

export function summaryOf(board: Board | null, rows: readonly HotRow[]): string {
  if (!board) return "No data yet.";
  const markets = rows.slice(0, NAMED).map((row) => {
    const sign = signOf(row.change_dollars);
    const moved = sign === 0 ? "unchanged" : `${sign > 0 ? "up" : "down"} ${cents(row.change_dollars.replace("-", ""))}`;
    return `${labelOf(row)}, ${cents(row.yes_price_dollars)}, ${moved}, ${dollars(row.notional_dollars)}`;
  });
  const total = `${dollars(board.stats.notional_dollars)} in ${board.window}.`;
  return markets.length ? `${total} First: ${markets.join("; ")}.` : `${total} No market is on the list.`;
}
