import { describe, expect, it } from "vitest";
import { marketStreamUrl } from "./market-session.svelte";

describe("marketStreamUrl", () => {
  it("asks for one market alone, a combo too, over the window of the board", () => {
    const url = new URL(marketStreamUrl({ protocol: "https:", host: "board.test:8000" }, "KXMVE-1&x=2", "1h"));

    expect(`${url.protocol}//${url.host}${url.pathname}`).toBe("wss://board.test:8000/ws/stream");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      tickers: "KXMVE-1&x=2",
      window: "1h",
      combos: "include",
      tick_ms: "100",
      limit: "1",
    });
  });

  it("is as open as the page", () => {
    expect(marketStreamUrl({ protocol: "http:", host: "a" }, "T", "5m")).toMatch(/^ws:\/\/a\//);
  });
});
