import { describe, expect, it } from "vitest";
import { BOARD, isSame, pathOf, placeFromPath, type Place } from "./router";

describe("placeFromPath", () => {
  it("reads a market and an event", () => {
    expect(placeFromPath("/m/KXHIGHNY-26NOV21-T50.5")).toEqual({ kind: "market", ticker: "KXHIGHNY-26NOV21-T50.5" });
    expect(placeFromPath("/e/KXHIGHNY-26NOV21/")).toEqual({ kind: "event", ticker: "KXHIGHNY-26NOV21" });
  });

  it("takes any other path for the board", () => {
    const others = ["/", "", "/m", "/m/", "/x/A", "/m/A/B", "/m/%E0%A4%A", "/m/<b>", "/m/A%2FB", `/e/${"A".repeat(201)}`];
    for (const path of others) expect(placeFromPath(path), path).toBe(BOARD);
  });
});

describe("pathOf", () => {
  it("is read back as it was", () => {
    const places: Place[] = [BOARD, { kind: "market", ticker: "A-B.5:c_d" }, { kind: "event", ticker: "X-26" }];
    for (const place of places) expect(placeFromPath(pathOf(place))).toEqual(place);
  });
});

describe("isSame", () => {
  it("tells a market from its event", () => {
    expect(isSame({ kind: "market", ticker: "A" }, { kind: "market", ticker: "A" })).toBe(true);
    expect(isSame({ kind: "market", ticker: "A" }, { kind: "event", ticker: "A" })).toBe(false);
    expect(isSame({ kind: "market", ticker: "A" }, BOARD)).toBe(false);
  });
});
