import { describe, expect, it } from "vitest";
import type { Board } from "./board";
import { exchangeLink, pageLink, secondsLeft } from "./links";
import type { Connection } from "./stream";

const OPEN: Connection = { phase: "open" };
const SILENT: Connection = { phase: "silent" };
const WAITING: Connection = { phase: "waiting", attempt: 2, waitMs: 4000 };

function board(state: string, connected = true): Board {
  return { feed: { state, connected, data_age_ms: 0, complete_to_ms: 0, open_gaps: 0 } } as Board;
}

describe("exchange -> Flowboard", () => {
  it.each([
    ["live", true, "connected", "ok"],
    ["healing", true, "connected", "ok"],
    ["polling", true, "polled", "ok"],
    ["delayed", true, "silent", "warn"],
    ["starting", false, "connecting", "idle"],
    ["stale", false, "not connected", "bad"],
    ["storage_degraded", true, "connected", "ok"],
    ["storage_degraded", false, "not connected", "bad"],
  ])("in feed state %s, connected %s, is %s", (state, connected, words, tone) => {
    expect(exchangeLink(OPEN, board(state, connected), 70)).toMatchObject({ state: words, tone, ageMs: 70 });
  });

  it("claims nothing while the server that would tell is not heard, and its age goes on", () => {
    for (const connection of [SILENT, WAITING]) {
      expect(exchangeLink(connection, board("live"), 9000)).toMatchObject({ state: "not known now", tone: "idle", ageMs: 9000 });
    }
    expect(exchangeLink(OPEN, null, null).state).toBe("not known yet");
  });
});

describe("Flowboard -> you", () => {
  it("counts down to the next try", () => {
    expect(pageLink(WAITING, 5000, 3200)).toMatchObject({ state: "retry in 4 s", tone: "warn", ageMs: 5000 });
    expect(pageLink(WAITING, 5000, null).state).toBe("retry in 4 s");
    expect(secondsLeft(0)).toBe("1 s");
  });

  it("tells open, silent, the first try and later ones apart", () => {
    const tries = [0, 3].map((attempt) => pageLink({ phase: "connecting", attempt }, null, null).state);
    expect(tries).toEqual(["connecting", "reconnecting"]);
    expect(pageLink(OPEN, 0, null)).toMatchObject({ state: "connected", tone: "ok" });
    expect(pageLink(SILENT, 13_000, null)).toMatchObject({ state: "silent", tone: "bad" });
  });
});
