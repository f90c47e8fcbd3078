import { beforeEach, describe, expect, it, vi } from "vitest";
import * as kept from "./kept";

let store: Map<string, string>;
beforeEach(() => {
  store = new Map();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => store.get(key) ?? null,
    setItem: (key: string, value: string) => store.set(key, value),
  });
});

describe("stars", () => {
  it("are toggled and kept, the newest first", () => {
    expect(kept.toggleStar(kept.toggleStar([], "A"), "B")).toEqual(["B", "A"]);
    expect(kept.keptStars()).toEqual(["B", "A"]);
    expect(kept.toggleStar(["B", "A"], "B")).toEqual(["A"]);
  });

  it("of another tab are not lost, and without a storage those known are all", () => {
    expect(kept.keptStars(["A"])).toEqual(["A"]);
    store.set("flowboard-stars", JSON.stringify(["B"]));
    expect(kept.toggleStar(kept.keptStars(["A"]), "C")).toEqual(["C", "B"]);
    store.set("flowboard-stars", "[]");
    expect(kept.keptStars(["A"])).toEqual([]);
  });

  it("that were given come before those that are there, each once", () => {
    expect(kept.addStars(["A", "B"], ["C", "B"])).toEqual(["C", "B", "A"]);
    expect(kept.keptStars()).toEqual(["C", "B", "A"]);
  });

  it("are bounded, and read past what is none", () => {
    store.set("flowboard-stars", JSON.stringify(["A", 7, null, "x".repeat(999)]));
    expect(kept.keptStars()).toEqual(["A"]);
    const many = Array.from({ length: 500 }, (_, n) => `T${n}`);
    expect(kept.toggleStar(many, "NEW")).toHaveLength(500);
  });
});

it("a storage that is shut or spoilt loses nothing but what was kept", () => {
  store.set("flowboard-stars", "{");
  expect(kept.keptStars()).toEqual([]);
  vi.stubGlobal("localStorage", {
    getItem: () => {
      throw new Error("shut");
    },
    setItem: () => {
      throw new Error("full");
    },
  });
  expect(kept.keptKeysOff()).toBe(false);
  expect(kept.toggleStar([], "A")).toEqual(["A"]);
});

it("single keys stay off", () => {
  kept.keepKeysOff(true);
  expect(kept.keptKeysOff()).toBe(true);
  kept.keepKeysOff(false);
  expect(kept.keptKeysOff()).toBe(false);
});
