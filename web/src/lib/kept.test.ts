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

  it("are bounded, and read past what is none", () => {
    store.set("flowboard-stars", JSON.stringify(["A", 7, null, "x".repeat(999)]));
    expect(kept.keptStars()).toEqual(["A"]);
    const many = Array.from({ length: 500 }, (_, n) => `T${n}`);
    expect(kept.toggleStar(many, "NEW")).toHaveLength(500);
  });
});

describe("views", () => {
  it("are kept under a name, replaced, forgotten", () => {
    const one = kept.saveView([], "  mine ", "?w=1h");
    const two = kept.saveView(one, "mine", "?w=1m");
    expect(two).toEqual([{ name: "mine", search: "?w=1m" }]);
    expect(kept.keptViews()).toEqual(two);
    expect(kept.dropView(two, "mine")).toEqual([]);
    expect(kept.saveView([], "  ", "")).toEqual([]);
  });

  it("are read past what is none", () => {
    store.set("flowboard-views", JSON.stringify([null, 1, { name: "", search: "" }, { name: "a" }, { name: "b", search: "" }]));
    expect(kept.keptViews()).toEqual([{ name: "b", search: "" }]);
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
