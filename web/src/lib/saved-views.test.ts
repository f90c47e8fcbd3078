import { beforeEach, describe, expect, it, vi } from "vitest";
import * as kept from "./saved-views";

let store: Map<string, string>;
beforeEach(() => {
  store = new Map();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => store.get(key) ?? null,
    setItem: (key: string, value: string) => store.set(key, value),
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
