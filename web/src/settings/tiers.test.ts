import { describe, expect, it } from "vitest";
import { isHeard, isOfNow, NoticeGate, tierOf } from "./tiers";

describe("tierOf", () => {
  it("is by the taker's dollars", () => {
    const tiers = ["1000.000000", "2499.999999", "2500.000000", "10000.000000", "nonsense"].map((notional_dollars) => tierOf({ notional_dollars }));

    expect(tiers).toEqual(["small", "small", "middle", "big", "small"]);
  });
});

describe("isHeard", () => {
  it("is nothing while off, and from the chosen tier up", () => {
    const heard = (["off", "big", "middle", "all"] as const).map((sound) => (["small", "middle", "big"] as const).filter((tier) => isHeard(tier, sound)));

    expect(heard).toEqual([[], ["big"], ["middle", "big"], ["small", "middle", "big"]]);
  });
});

describe("isOfNow", () => {
  it("is no print that came long after it was made", () => {
    const news = [
      { received_ts_ms: 9_000, ts_ms: 0 },
      { received_ts_ms: 10_000, ts_ms: 0 },
      { received_ts_ms: 1, ts_ms: 0, late: true },
    ];

    expect(news.map(isOfNow)).toEqual([true, false, false]);
  });
});

describe("NoticeGate", () => {
  it("lets one notice a market and minute through", () => {
    const gate = new NoticeGate();

    expect([gate.lets("A", 0), gate.lets("A", 59_000), gate.lets("B", 59_000), gate.lets("A", 60_001)]).toEqual([true, false, true, true]);
  });

  it("lets five a minute through in all", () => {
    const gate = new NoticeGate();

    const let_ = ["A", "B", "C", "D", "E", "F"].map((ticker) => gate.lets(ticker, 0));

    expect(let_).toEqual([true, true, true, true, true, false]);
  });
});
