import { afterEach, describe, expect, it } from "vitest";
import { cents, clockTime, day } from "./format";
import { preferences, readPreferences, USUAL, zoneName } from "./preferences.svelte";

const MOMENT_MS = Date.UTC(2026, 10, 21, 2, 47, 31);

afterEach(() => void Object.assign(preferences, USUAL));

describe("readPreferences", () => {
  it("takes what it knows and leaves the rest as usual", () => {
    const kept = JSON.stringify({ density: "comfortable", timeZone: "mars", notify: "yes", more: 1 });

    expect(readPreferences(kept)).toEqual({ ...USUAL, density: "comfortable" });
  });

  it("survives what is no preferences", () => {
    for (const text of [null, "", "null", "[]", "7", '"x"', "{"]) expect(readPreferences(text)).toEqual(USUAL);
  });
});

describe("formats", () => {
  it("write times in the zone that is preferred, and name it", () => {
    expect([clockTime(MOMENT_MS), zoneName()]).toEqual(["02:47:31", "UTC"]);

    preferences.timeZone = "exchange";

    expect([clockTime(MOMENT_MS), day(MOMENT_MS), zoneName()]).toEqual(["21:47:31", "20 Nov 2026", "ET"]);
  });

  it("write a price as a chance", () => {
    preferences.priceUnit = "percent";

    expect([cents("0.6400"), cents("0.4550"), cents("-0.0070")]).toEqual(["64%", "45.5%", "\u22120.7%"]);
  });
});
