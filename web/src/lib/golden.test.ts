// The golden sessions of /ws/stream, as the page reads them; flowboard.client reads the
// same files. See tests/golden/stream/README.md.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { applyFrame, type Board } from "./board";
import type { HotRow } from "./messages";
import { Stream } from "./stream";

interface Told {
  hot_markets: string[];
  events?: string[];
  trades: number[];
  whales: number[];
  trades_total: number;
  feed_state: string;
  window_from_ms: number;
  rows?: Record<string, Partial<HotRow>>;
}
interface Step {
  connect?: Record<string, string>;
  frame?: object;
  action?: null | "hole" | "snapshot";
  since?: string | null;
  board?: Told | null;
}
interface Golden {
  about: string;
  every_trade: boolean;
  steps: Step[];
}

class PlayedSocket {
  readyState = 1;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  constructor(readonly url: string) {}
  close(): void {}
}

const SESSIONS = import.meta.glob<Golden>("../../../tests/golden/stream/*.json", { eager: true, import: "default" });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Plays a session to a stream and a board; returns what every step came to. */
function play(golden: Golden): Step[] {
  const sockets: PlayedSocket[] = [];
  const latest = (): PlayedSocket => sockets.at(-1) as PlayedSocket;
  let board: Board | null = null;
  let hole = false;
  let waitMs = 0;
  const stream = new Stream(
    () => "ws://board/ws/stream?window=5m",
    {
      onFrame: (frame) => ({ board, hole } = applyFrame(board, frame)),
      onConnection: (now) => {
        if (now.phase === "waiting") waitMs = now.waitMs;
      },
    },
    {
      open: (url) => {
        sockets.push(new PlayedSocket(url));
        return latest() as unknown as WebSocket;
      },
      random: () => 0,
    },
  );
  const seen = golden.steps.map((step): Step => {
    if (step.connect) {
      if (sockets.length) {
        latest().onclose?.();
        vi.advanceTimersByTime(waitMs);
      } else stream.start();
      const asked = new URL(latest().url).searchParams;
      asked.delete("window");
      latest().onopen?.();
      return { connect: Object.fromEntries(asked) };
    }
    hole = false;
    latest().onmessage?.({ data: JSON.stringify(step.frame) });
    return { action: hole ? "hole" : null, since: stream.since, board: board && told(board, step.board?.rows) };
  });
  stream.stop();
  return seen;
}

function told(board: Board, asked: Told["rows"]): Told {
  const seen: Told = {
    hot_markets: board.rows.map((row) => row.market_ticker),
    trades: board.trades.map((trade) => trade.seq),
    ...(board.events.length && { events: board.events.map((event) => event.event_ticker) }),
    whales: board.whales.map((whale) => whale.seq),
    trades_total: board.stats.trades_total,
    feed_state: board.feed.state,
    window_from_ms: board.windowFromMs,
  };
  if (!asked) return seen;
  const rows = new Map(board.rows.map((row) => [row.market_ticker, row]));
  // A row that has left has no figures to be compared.
  seen.rows = Object.fromEntries(
    Object.entries(asked).map(([ticker, figures]) => {
      const row = rows.get(ticker);
      if (!row) return [ticker, figures];
      const keys = Object.keys(figures) as (keyof HotRow)[];
      return [ticker, Object.fromEntries(keys.map((key) => [key, row[key]]))];
    }),
  );
  return seen;
}

describe("the page's stream and board", () => {
  it("have sessions to agree on with the client in Python", () => {
    expect(Object.keys(SESSIONS).length).toBeGreaterThan(10);
  });

  it.each(Object.entries(SESSIONS))("read %s as it says", (_, golden) => {
    play(golden).forEach((seen, index) => {
      const step = golden.steps[index] as Step;
      const where = `${golden.about} Step ${index}`;
      if (step.connect) {
        // The page takes the board as it is: it never asks for every trade.
        if (!golden.every_trade) expect(seen.connect, where).toEqual(step.connect);
        return;
      }
      expect(seen.board, where).toEqual(step.board);
      expect(seen.action !== null, where).toBe(step.action !== null);
      if (!golden.every_trade) expect(seen.since, where).toBe(step.since);
    });
  });
});
