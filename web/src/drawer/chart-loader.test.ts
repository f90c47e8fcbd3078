import { afterEach, describe, expect, it, vi } from "vitest";
import type { EventMember, EventPage } from "../lib/market";
import { loadChart } from "./chart-loader";
import { loadEventChart, withOthers } from "./event-chart-loader";

const NOW_MS = Date.UTC(2026, 10, 21, 12, 0, 30);
const HOUR_MS = 3_600_000;
const NEVER = new AbortController().signal;

type Answer = (path: string, query: URLSearchParams) => unknown;

/** Answers every question with what `answer` says, and returns which were asked. */
function serve(answer: Answer): URL[] {
  const asked: URL[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    const url = new URL(path, "http://board.test");
    asked.push(url);
    const told = answer(url.pathname, url.searchParams);
    return told === undefined ? new Response("", { status: 503 }) : Response.json(told);
  });
  return asked;
}

/** A server with a quote a second over the last hour. */
const busy: Answer = (path, query) => {
  const [from, to] = [Number(query.get("from")), Math.min(NOW_MS, Number(query.get("cursor") || query.get("to")))];
  if (path.endsWith("/candles")) return { candles: [], gaps: [], seq: 7 };
  if (path.endsWith("/trades")) return query.has("sort") ? { trades: [], total: 0, from_ms: from, threshold_dollars: "1000.000000" } : { trades: [], cursor: "" };
  const snapshots = [];
  for (let ms = to - 1_000; ms >= from && snapshots.length < Number(query.get("limit")); ms -= 1_000) {
    snapshots.push({ ts_ms: ms, yes_bid_dollars: "0.4000", yes_ask_dollars: "0.4200" });
  }
  const first = snapshots.at(-1)?.ts_ms ?? to;
  return { snapshots, covered: [{ from_ms: first, to_ms: to }], cursor: first - 1_000 >= from ? String(first) : "" };
};

function isQuotes(url: URL): boolean {
  return url.pathname.endsWith("/snapshots");
}

afterEach(() => vi.unstubAllGlobals());

describe("loadChart", () => {
  it("has the bid and ask of the whole of an hour, and asks later for what is newer alone", async () => {
    const asked = serve(busy);

    const chart = await loadChart("T", "1h", NOW_MS, null, null, NEVER);
    const first = asked.filter(isQuotes).length;
    const again = await loadChart("T", "1h", NOW_MS, null, chart, NEVER);

    const known = (loaded: typeof chart) => loaded?.series.buckets.filter((bucket) => bucket.bid === 40 && bucket.ask === 42).length;
    const steps = chart?.series.buckets.filter((bucket) => bucket.ms < NOW_MS).length;
    expect([known(chart), known(again)]).toEqual([steps, steps]);
    expect([first, asked.filter(isQuotes).length]).toEqual([4, 5]);
  });

  it("draws nothing of what is still to come", async () => {
    serve(busy);

    const chart = await loadChart("T", "15m", NOW_MS, null, null, NEVER);

    expect(chart?.series.buckets.at(-1)?.ms).toBe(NOW_MS);
  });

  it("asks a bounded number of questions, however long the range", async () => {
    for (const range of ["15m", "1h", "6h", "1d", "7d", "all"] as const) {
      const asked = serve(busy);

      await loadChart("T", range, NOW_MS, NOW_MS - 900 * HOUR_MS, null, NEVER);

      expect(asked.length, range).toBeLessThanOrEqual(8);
    }
  });

  it("keeps the whales that it knows when nobody tells of them now", async () => {
    serve((path, query) => (query.has("sort") ? { trades: [], total: 9, from_ms: 0, threshold_dollars: "1000.000000" } : busy(path, query)));
    const chart = await loadChart("T", "6h", NOW_MS, null, null, NEVER);
    serve((path, query) => (query.has("sort") ? undefined : busy(path, query)));

    expect((await loadChart("T", "6h", NOW_MS, null, chart, NEVER))?.whales?.count).toBe(9);
    expect((await loadChart("T", "6h", NOW_MS, null, null, NEVER))?.whales).toBeNull();
  });

  it("is none without candles", async () => {
    serve((path, query) => (path.endsWith("/candles") ? undefined : busy(path, query)));

    expect(await loadChart("T", "1h", NOW_MS, null, null, NEVER)).toBeNull();
  });
});

function ladder(count: number): EventPage {
  const markets = Array.from({ length: count }, (_, n) => ({
    market_ticker: `T${n}`,
    strike_type: "greater",
    floor_strike: n,
    cap_strike: null,
    yes_price_dollars: "0.5000",
    last_trade_ts_ms: n % 4 ? NOW_MS : NOW_MS - 9 * HOUR_MS,
  }));
  return { event: { event_ticker: "E", kind: "ladder" }, markets: markets as unknown as EventMember[] } as unknown as EventPage;
}

describe("an event's chart", () => {
  it("asks for the markets with a line, then two at a time for the ladder's others, for each traded one once", async () => {
    let [now, most] = [0, 0];
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (path: string) => {
      asked.push(path);
      most = Math.max(most, (now += 1));
      await Promise.resolve();
      now -= 1;
      return Response.json({ candles: [{ ts_ms: NOW_MS - HOUR_MS, close_dollars: "0.4000" }], gaps: [] });
    });
    const page = ladder(12);
    const lines = ["T0", "T1", "T2", "T3", "T5", "T6"];

    const chart = await loadEventChart(page, lines, "1h", NOW_MS, NEVER);
    const first = asked.length;
    most = 0;
    const whole = chart && (await withOthers(chart, page, NEVER));

    expect([chart?.isWhole, whole?.isWhole]).toEqual([false, true]);
    expect([first, asked.length, most]).toEqual([5, 9, 2]);
    expect(whole?.history.pricesOf("T4").at(-1)).toBe(50);
    expect(whole?.history.pricesOf("T7").at(-1)).toBe(40);
  });

  it("tells no median of a part of a ladder", async () => {
    serve((path) => (path.includes("T7") ? undefined : { candles: [{ ts_ms: NOW_MS - HOUR_MS, close_dollars: "0.4000" }], gaps: [] }));
    const lines = ["T0", "T1"];

    const chart = await loadEventChart(ladder(9), lines, "1h", NOW_MS, NEVER);

    expect(chart?.isWhole).toBe(false);
    expect(chart && (await withOthers(chart, ladder(9), NEVER))).toBeNull();
    serve(() => ({ candles: [{ ts_ms: NOW_MS - HOUR_MS, close_dollars: "0.4000" }], gaps: [] }));
    expect(chart && (await withOthers(chart, ladder(30), NEVER))?.isWhole).toBe(true);
    expect(chart && (await withOthers(chart, ladder(31), NEVER))).toBeNull();
  });
});
