import { expect, it } from "vitest";
import { viewFromSearch } from "./view";
import { readWatchlist, watchlistLink, watchlistText } from "./watchlist";

const TICKERS = ["KXA-26NOV21-T5", "KXB-1.5"];

it("an exported list is read again, a bare list too", () => {
  expect(readWatchlist(watchlistText(TICKERS))).toEqual(TICKERS);
  expect(readWatchlist(JSON.stringify(TICKERS))).toEqual(TICKERS);
});

it("what is no list is none, what is no ticker is left out", () => {
  for (const other of ["", "{", "null", "3", "{}", '{"flowboard_watchlist":"KXA"}']) expect(readWatchlist(other)).toBeNull();
  expect(readWatchlist('["KXA", 3, "<b>", "A,B", ""]')).toEqual(["KXA"]);
});

it("a link shows its list to anybody", () => {
  const link = new URL(watchlistLink("http://board.example", TICKERS));
  expect(viewFromSearch(link.search)).toMatchObject({ watch: true, given: TICKERS.join(",") });
});
