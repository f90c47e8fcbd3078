import { describe, expect, it } from "vitest";
import { applyFrame, heldOrder, TRADES_MAX, WHALES_MAX, type Board } from "./board";
import type { Delta, HotRow, Snapshot, SortName, Trade } from "./messages";

const FEED = { state: "live", connected: true, data_age_ms: 40, complete_to_ms: 9, open_gaps: 0 };
const STATS = { trades_total: 9, trades_per_s: 1, active_markets: 3, notional_dollars: "6.000000" };

function row(ticker: string, fields: Partial<HotRow> = {}): HotRow {
  return {
    market_ticker: ticker,
    title: `Title ${ticker}`,
    yes_price_dollars: "0.5000",
    first_yes_price_dollars: "0.5000",
    change_dollars: "0.0000",
    notional_dollars: "10.000000",
    yes_flow_dollars: "6.000000",
    no_flow_dollars: "4.000000",
    net_flow_fp: "0.00",
    volume_fp: "20.00",
    trade_count: 6,
    last_trade_ts_ms: 1000,
    heat: 10,
    sparkline: [],
    ...fields,
  };
}

function trade(seq: number, fields: Partial<Trade> = {}): Trade {
  return {
    seq,
    trade_id: `id-${seq}`,
    market_ticker: "A",
    yes_price_dollars: "0.5000",
    no_price_dollars: "0.5000",
    count_fp: "1.00",
    taker_outcome_side: "yes",
    is_block_trade: false,
    ts_ms: 1000 + seq,
    notional_dollars: "0.500000",
    received_ts_ms: 1000 + seq,
    source: "ws",
    ...fields,
  };
}

function snapshot(fields: Partial<Snapshot> = {}): Snapshot {
  return {
    type: "snapshot",
    v: 1,
    epoch: "e",
    offset: 5,
    seq: 1,
    ts_ms: 2000,
    mode: "live",
    feed: FEED,
    subscription: { window: "5m", sort: "notional", limit: 50 },
    window: "5m",
    window_from_ms: 0,
    window_to_ms: 300_000,
    window_covered_ms: 300_000,
    hot_markets: [row("A"), row("B")],
    recent_trades: [],
    whales: [],
    stats: STATS,
    ...fields,
  };
}

function delta(offset: number, fields: Partial<Delta> = {}): Delta {
  return { type: "delta", offset, seq: 1, ts_ms: 2100, window: "5m", window_from_ms: 0, window_to_ms: 300_000, ...fields };
}

function play(...frames: (Snapshot | Delta)[]): Board {
  let board: Board | null = null;
  for (const frame of frames) board = applyFrame(board, frame).board;
  if (!board) throw new Error("no board");
  return board;
}

const tickers = (board: Board): string[] => board.rows.map((each) => each.market_ticker);

describe("rows", () => {
  it("take absolute values, enter whole, leave, and are ranked anew", () => {
    const board = play(
      snapshot(),
      delta(6, {
        hot_markets: [{ market_ticker: "B", notional_dollars: "11.000000" }, row("C", { notional_dollars: "12.000000" })],
        left: ["A"],
      }),
    );
    expect(tickers(board)).toEqual(["C", "B"]);
    expect(board.rows[1]).toEqual(row("B", { notional_dollars: "11.000000" }));
  });

  it("that did not change stay the same objects, so that nothing is drawn for them", () => {
    const before = play(snapshot());
    const after = applyFrame(before, delta(6, { hot_markets: [{ market_ticker: "B", trade_count: 7 }] })).board;
    expect(after?.rows[0]).toBe(before.rows[0]);
    expect(before.rows[1]?.trade_count).toBe(6);
  });

  it.each<[SortName, string[]]>([
    ["notional", ["B", "A", "C"]],
    ["volume", ["A", "C", "B"]],
    ["net_flow", ["A", "C", "B"]],
    ["heat", ["B", "C", "A"]],
  ])("are sorted by %s: exactly, by size, ties by ticker", (sort, order) => {
    const hot_markets = [
      row("C", { notional_dollars: "9007199254740993.000001", volume_fp: "30.00", net_flow_fp: "5.00", heat: 4 }),
      row("B", { notional_dollars: "9007199254740993.000002", volume_fp: "9.00", net_flow_fp: "1.00", heat: 5 }),
      row("A", { notional_dollars: "9007199254740993.000001", volume_fp: "30.00", net_flow_fp: "-7.00", heat: null }),
    ];
    const board = play(snapshot({ hot_markets, subscription: { window: "5m", sort, limit: 50 } }));
    expect(tickers(board)).toEqual(order);
  });
});

describe("offsets", () => {
  it("with a hole change nothing and ask for a snapshot", () => {
    const board = play(snapshot());
    const step = applyFrame(board, delta(7, { left: ["A"] }));
    expect(step).toEqual({ board, hole: true });
  });

  it("already known are read over", () => {
    const board = play(snapshot());
    expect(applyFrame(board, delta(5, { left: ["A"] }))).toEqual({ board, hole: false });
  });

  it("of a heartbeat tell of a delta that was lost", () => {
    const beat = { type: "heartbeat", offset: 6, ts_ms: 3000, feed: { ...FEED, state: "stale" } } as const;
    const step = applyFrame(play(snapshot()), beat);
    expect(step.hole).toBe(true);
    expect(step.board?.feed.state).toBe("stale");
    expect(applyFrame(play(snapshot()), { ...beat, offset: 5 }).hole).toBe(false);
  });

  it("start anew with a snapshot", () => {
    const board = play(snapshot(), snapshot({ epoch: "f", offset: 0 }), delta(1, { left: ["A"] }));
    expect([board.epoch, board.offset, tickers(board)]).toEqual(["f", 1, ["B"]]);
  });

  it("do not hide a change to a row that was never told whole", () => {
    const step = applyFrame(play(snapshot()), delta(6, { hot_markets: [{ market_ticker: "X", trade_count: 1 }] }));
    expect(step.hole).toBe(true);
    expect(step.board?.offset).toBe(5);
  });
});

describe("trades", () => {
  it("are kept newest first, a late one in its place, a repeated one once", () => {
    const board = play(
      snapshot({ recent_trades: [trade(4), trade(2)] }),
      delta(6, { trades: [trade(5), trade(7, { ts_ms: 1003 }), trade(4)] }),
    );
    expect(board.trades.map((each) => each.seq)).toEqual([5, 4, 7, 2]);
  });

  it("of one millisecond stand in the taker's direction: YES up, then NO down", () => {
    const at = { ts_ms: 5000 };
    const no = { ...at, taker_outcome_side: "no" } as const;
    const board = play(
      snapshot(),
      delta(6, {
        trades: [
          trade(1, { ...no, yes_price_dollars: "0.3000", no_price_dollars: "0.7000" }),
          trade(2, { ...no, yes_price_dollars: "0.4000", no_price_dollars: "0.6000" }),
          trade(3, { ...at, yes_price_dollars: "0.5200" }),
          trade(4, { ...at, yes_price_dollars: "0.5100" }),
        ],
      }),
    );
    expect(board.trades.map((each) => each.seq)).toEqual([1, 2, 3, 4]);
  });

  it("are bounded", () => {
    const many = Array.from({ length: TRADES_MAX + 50 }, (_, seq) => trade(seq));
    const board = play(snapshot(), delta(6, { trades: many }));
    expect(board.trades).toHaveLength(TRADES_MAX);
    expect(board.trades[0]?.seq).toBe(TRADES_MAX + 49);
  });
});

describe("whales", () => {
  it("are kept largest first and leave with the window", () => {
    const board = play(
      snapshot({ whales: [trade(2, { notional_dollars: "900.000000" }), trade(1, { notional_dollars: "80.000000" })] }),
      delta(6, { whales: [trade(3, { notional_dollars: "1000.000000" })], window_from_ms: 1002 }),
    );
    expect(board.whales.map((each) => each.seq)).toEqual([3, 2]);
  });

  it("are bounded by size, not by age", () => {
    const many = Array.from({ length: WHALES_MAX + 1 }, (_, seq) => trade(seq, { notional_dollars: `${seq + 1}.000000` }));
    const board = play(snapshot(), delta(6, { whales: many }));
    expect(board.whales).toHaveLength(WHALES_MAX);
    expect(board.whales.at(-1)?.notional_dollars).toBe("2.000000");
  });
});

describe("the age of the data", () => {
  it("falls with a new trade, grows without one, and follows the server's word", () => {
    const first = play(snapshot());
    const quiet = applyFrame(first, delta(6, { ts_ms: 2500 })).board;
    const traded = applyFrame(quiet, delta(7, { ts_ms: 2600, trades: [trade(1, { ts_ms: 2590 })] })).board;
    const told = applyFrame(traded, delta(8, { ts_ms: 2700, feed: { ...FEED, data_age_ms: 5000 } })).board;
    expect([first, quiet, traded, told].map((each) => each?.dataAgeMs)).toEqual([40, 540, 10, 5000]);
  });
});

it("a window that was not full fills as its end moves", () => {
  const board = play(
    snapshot({ window_covered_ms: 299_000 }),
    delta(6, { window_from_ms: 500, window_to_ms: 300_500 }),
    delta(7, { window_from_ms: 9000, window_to_ms: 309_000 }),
  );
  expect(board.windowCoveredMs).toBe(300_000);
});

it("names outlive their rows, for prints of markets that left", () => {
  const board = play(snapshot(), delta(6, { left: ["A"] }), snapshot({ hot_markets: [] }));
  expect(board.labels.get("A")).toBe("Title A");
});

it("a held order drops who left and puts newcomers below", () => {
  const shown = heldOrder(["B", "gone", "A"], [row("N"), row("A"), row("B")]);
  expect(shown.map((each) => each.market_ticker)).toEqual(["B", "A", "N"]);
});
