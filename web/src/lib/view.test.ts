import { describe, expect, it } from "vitest";
import * as v from "./view";

const FULL: v.View = {
  window: "1h",
  sort: "change",
  grouped: false,
  category: "Climate and Weather",
  league: null,
  series: "KXHIGHNY,KXRAIN",
  side: "no",
  minimum: 2500,
  combos: true,
  ends: "24h",
  whales: true,
  watch: true,
  given: null,
};

describe("a view in the address", () => {
  it("comes back as it was, whatever it is", () => {
    const part = <K extends keyof v.View>(key: K): v.View => ({ ...v.DEFAULT_VIEW, [key]: FULL[key] });
    const views = [FULL, v.DEFAULT_VIEW, ...(Object.keys(FULL) as (keyof v.View)[]).filter((key) => key !== "series").map(part)];
    for (const view of views) expect(v.viewFromSearch(v.searchForView(view))).toEqual(view);
  });

  it("holds a league, and a list that was given", () => {
    for (const view of [
      { ...v.DEFAULT_VIEW, category: "Sports", league: "Pro Basketball (M)" },
      { ...v.DEFAULT_VIEW, watch: true, given: "KXA-26NOV21,KXB-1.5" },
    ]) {
      expect(v.viewFromSearch(v.searchForView(view))).toEqual(view);
    }
    expect(v.viewFromSearch("?watch=KXA,<b>,KXA,,kx")).toMatchObject({ watch: true, given: "KXA" });
    expect(v.offered({ ...v.DEFAULT_VIEW, given: "KXA" }).given).toBeNull();
  });

  it("leaves out what is usual, and keeps what is not its own", () => {
    expect(v.searchForView(v.DEFAULT_VIEW, "?w=1h&cat=Crypto&x=1")).toBe("?x=1");
    expect(v.searchForView(v.DEFAULT_VIEW)).toBe("");
  });

  it("is read past unknown and impossible values", () => {
    const search = "?w=7m&sort=luck&group=3&side=maybe&min=-5&ends=1y&only=fun&combos=yes&series=KXA&watch=2";
    expect(v.viewFromSearch(search)).toEqual(v.DEFAULT_VIEW);
    expect(v.viewFromSearch("?min=1e99").minimum).toBe(0);
    expect(v.viewFromSearch("?w=24h&sort=heat").sort).toBe("notional");
  });
});

describe("what the stream is asked for", () => {
  it("is no more than what is not usual", () => {
    expect(v.choiceOf(v.DEFAULT_VIEW, ["A"])).toEqual({ window: "5m", sort: "notional", limit: 100 });
  });

  it("has series in place of their category, and the ranking that the server knows", () => {
    expect(v.choiceOf(FULL, ["A", "B"])).toEqual({
      window: "1h",
      sort: "notional",
      limit: 300,
      series: ["KXHIGHNY", "KXRAIN"],
      side: "no",
      min_notional: "2500",
      combos: "include",
      tickers: ["A", "B"],
    });
  });

  it("has a league within its category, and a list that was given in place of the stars", () => {
    const choice = v.choiceOf({ ...v.DEFAULT_VIEW, category: "Sports", league: "EPL", watch: true, given: "KXA,KXB" }, ["C"]);
    expect(choice).toMatchObject({ category: ["Sports"], league: ["EPL"], tickers: ["KXA", "KXB"] });
  });

  it("names a hundred stars at most, and none that is, where there is none", () => {
    const many = Array.from({ length: 200 }, (_, n) => `T${n}`);
    expect(v.choiceOf({ ...v.DEFAULT_VIEW, watch: true }, many).tickers).toHaveLength(100);
    expect(v.choiceOf({ ...v.DEFAULT_VIEW, watch: true }, []).tickers).toEqual(["-"]);
  });

  it("is written with commas, on the page's own origin", () => {
    const choice = v.choiceOf({ ...v.DEFAULT_VIEW, category: "Climate and Weather" }, []);
    expect(v.streamUrl({ protocol: "https:", host: "board:8000" }, choice)).toBe(
      "wss://board:8000/ws/stream?window=5m&sort=notional&limit=100&category=Climate+and+Weather",
    );
    expect(v.streamUrl({ protocol: "http:", host: "b" }, choice)).toMatch(/^ws:/);
  });
});

it("a preset replaces every filter but window, grouping and combos", () => {
  const whales = v.PRESETS.find(({ name }) => name === "Whales only") as v.Preset;
  expect(v.presetView(whales, FULL)).toEqual({
    ...v.DEFAULT_VIEW,
    window: "1h",
    grouped: false,
    combos: true,
    whales: true,
    minimum: 1000,
  });
});

it("filters are what leaves something out", () => {
  expect(v.filterCount(v.DEFAULT_VIEW)).toBe(0);
  expect(v.filterCount(FULL)).toBe(6);
  expect(v.filterCount(v.unfiltered(FULL))).toBe(0);
  expect(v.unfiltered(FULL)).toMatchObject({ window: "1h", sort: "change", grouped: false, combos: true });
});
