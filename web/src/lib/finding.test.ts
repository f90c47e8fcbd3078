import { expect, it } from "vitest";
import { foundIn, foundOf, markedParts } from "./finding";
import type { HotRow } from "./messages";

it("finds of the server have title, outcome once, and a price where there is one", () => {
  const markets = [
    { market_ticker: "A", title: "Game", outcome: "Home", yes_price_dollars: "0.4100" },
    { market_ticker: "B", title: "Game · Away", outcome: "Away", yes_price_dollars: null },
    { market_ticker: "C", title: null },
  ];
  expect(foundOf({ markets })).toEqual([
    { ticker: "A", title: "Game", outcome: "Home", price: "0.4100" },
    { ticker: "B", title: "Game", outcome: "Away", price: null },
    { ticker: "C", title: "C", outcome: "", price: null },
  ]);
  expect(foundOf("absent")).toEqual([]);
});

it("rows are found by all words, in title or ticker, in any case", () => {
  const rows = [{ market_ticker: "KXFED-1", title: "Rate cut", yes_price_dollars: "0.1" }, { market_ticker: "KXB", title: null }] as HotRow[];
  expect(foundIn(rows, "CUT fed").map((each) => each.ticker)).toEqual(["KXFED-1"]);
  expect(foundIn(rows, "kx").map((each) => each.title)).toEqual(["Rate cut", "KXB"]);
  expect(foundIn(rows, "cut hike")).toEqual([]);
});

it("hits are marked, and words are never patterns", () => {
  expect(markedParts("River (Falls)", "falls) riv")).toEqual([
    { text: "Riv", hit: true },
    { text: "er (", hit: false },
    { text: "Falls)", hit: true },
  ]);
  expect(markedParts("a.b", ".*")).toEqual([{ text: "a.b", hit: false }]);
  expect(markedParts("x", "  ")).toEqual([{ text: "x", hit: false }]);
});
