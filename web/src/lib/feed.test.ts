import { describe, expect, it } from "vitest";
import type { Board } from "./board";
import { bannerFor, feedWords, modeSentence } from "./feed";
import type { Connection } from "./stream";

const OPEN: Connection = { phase: "open" };
const WAITING: Connection = { phase: "waiting", attempt: 2, waitMs: 4000 };

function board(state: string, mode = "live", version = 1): Board {
  return { mode, version, feed: { state, connected: true, data_age_ms: 0, complete_to_ms: 0, open_gaps: 0 } } as Board;
}

describe("the pill", () => {
  it.each([
    ["live", "Live", "live", true],
    ["delayed", "Delayed", "delayed", true],
    ["healing", "Healing", "healing", true],
    ["polling", "Polling", "polling", true],
    ["starting", "Starting", "starting", false],
    ["stale", "Stale", "stale", false],
    ["storage_degraded", "Storage degraded", "storage", true],
    ["something_new", "something_new", "unknown", true],
  ])("reads %s as %s", (state, label, look, fresh) => {
    expect(feedWords(OPEN, board(state))).toMatchObject({ label, look, fresh, badge: null });
  });

  it.each(["demo", "replay", "unheard-of"])("never looks live in mode %s", (mode) => {
    for (const connection of [OPEN, WAITING, { phase: "silent" } as const]) {
      for (const state of ["live", "delayed", "stale"]) {
        const words = feedWords(connection, board(state, mode));
        expect(words.label).not.toBe("Live");
        expect(words.look).not.toBe("live");
        expect(words.badge ?? words.label).toMatch(/Demo|Replay|Not live/);
      }
    }
  });

  it("is not fresh while the socket is down or silent, whatever the board said last", () => {
    expect(feedWords(WAITING, board("live"))).toMatchObject({ label: "Reconnecting", fresh: false });
    expect(feedWords({ phase: "silent" }, board("live"))).toMatchObject({ label: "Stale", fresh: false });
  });

  it("does not claim a lost connection before there was one", () => {
    expect(feedWords({ phase: "connecting", attempt: 0 }, null).label).toBe("Connecting");
    expect(feedWords(WAITING, null).label).toBe("Reconnecting");
  });
});

describe("the banner", () => {
  const now = Date.UTC(2026, 10, 21, 2, 47, 59, 300);

  it("is absent while all is well", () => {
    expect(bannerFor(OPEN, board("live"), 40, now, null)).toBeNull();
    expect(bannerFor(WAITING, null, null, 0, 1000)).toBeNull();
  });

  it("tells the age of the data, its time and the next try, which add up", () => {
    const banner = bannerFor(WAITING, board("live"), 16_900, now, 3_200);
    expect(banner?.text).toBe("Showing data as of 02:47:43 UTC, 16 s old. Trying again in 4 s.");
    expect(banner?.action).toBe("retry");
  });

  it("tells a silent server, a silent exchange and a failing store apart", () => {
    const titles = [
      bannerFor({ phase: "silent" }, board("live"), 0, now, null)?.title,
      bannerFor(OPEN, board("stale"), 0, now, null)?.title,
      bannerFor(OPEN, board("storage_degraded"), 0, now, null)?.title,
    ];
    expect(new Set(titles).size).toBe(3);
    expect(titles).not.toContain(undefined);
  });

  it.each([
    ["delayed", /longer than usual/, /connects anew/],
    ["healing", /missed/, /being fetched now/],
    ["polling", /asked for, not streamed/, /once a second/],
    ["stale", /hears nothing/, /keeps trying/],
    ["storage_degraded", /cannot be stored/, /stored as soon as/],
  ])("in state %s says what it means and what is done", (state, meaning, done) => {
    const banner = bannerFor(OPEN, board(state), 40, now, null);
    expect(banner?.title).toMatch(meaning);
    expect(banner?.text).toMatch(done);
  });

  it("can be hidden only where nothing is wrong", () => {
    const actions = ["delayed", "healing", "stale", "storage_degraded", "polling"].map(
      (state) => bannerFor(OPEN, board(state), 40, now, null)?.action,
    );
    expect(actions).toEqual([null, null, null, null, "hide"]);
  });

  it("asks for a reload when the stream is newer than the page", () => {
    expect(bannerFor(OPEN, board("live", "live", 2), 0, now, null)?.action).toBe("reload");
  });
});

it("the status bar says what the trades are", () => {
  expect(modeSentence(board("live"))).toContain("Kalshi");
  expect(modeSentence(board("polling"))).toContain("polled");
  expect(modeSentence(board("live", "demo"))).toBe("Demo: a simulated exchange, not real trades");
  expect(modeSentence(board("live", "x"))).toContain("not live");
});
