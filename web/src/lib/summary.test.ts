import { expect, it } from "vitest";
import type { Board } from "./board";
import type { HotRow } from "./messages";
import { summaryOf } from "./summary";

const row = (n: number, change: string): HotRow =>
  ({ market_ticker: `M${n}`, title: null, short_label: `Market ${n}`, yes_price_dollars: "0.5900", change_dollars: change, notional_dollars: "1500" }) as HotRow;
const board = { window: "5m", stats: { notional_dollars: "1298441.25" } } as Board;

it("says the total and the first three markets", () => {
  expect(summaryOf(board, [row(1, "0.02"), row(2, "-0.005"), row(3, "0"), row(4, "0")])).toBe(
    "$1.30M in 5m. First: Market 1, 59¢, up 2¢, $1.50k; Market 2, 59¢, down 0.5¢, $1.50k; Market 3, 59¢, unchanged, $1.50k.",
  );
});

it("says so where there is nothing", () => {
  expect(summaryOf(null, [])).toBe("No data yet.");
  expect(summaryOf(board, [])).toBe("$1.30M in 5m. No market is on the list.");
});
