import { describe, expect, it } from "vitest";
import { byChange, labelOf, labelParts, linesOf, rowName, shownRows, steadyLines, titleParts } from "./groups";
import type { HotRow, Trade } from "./messages";
import { DEFAULT_VIEW } from "./view";

const row = (ticker: string, more: Partial<HotRow> = {}): HotRow =>
  ({ market_ticker: ticker, title: null, change_dollars: "0.0000", ...more }) as HotRow;
const A = row("A", { event_ticker: "E1" });
const B = row("B", { event_ticker: "E2" });
const C = row("C", { event_ticker: "E1" });
const D = row("D");

describe("lines", () => {
  it("are the rows where they are not grouped", () => {
    expect(linesOf([A, B, C], new Set(["E1"]), false).map((line) => line.row)).toEqual([A, B, C]);
  });

  it("show an event's first row, and how many more there are", () => {
    const lines = linesOf([A, B, C, D], new Set(), true);
    expect(lines.map((line) => [line.row.market_ticker, line.others])).toEqual([["A", 1], ["B", 0], ["D", 0]]);
  });

  it("open an event in its place, nobody else's", () => {
    const lines = linesOf([A, B, C, D], new Set(["E1", "E2"]), true);
    expect(lines.map((line) => [line.row.market_ticker, line.open, line.inner])).toEqual([
      ["A", true, false],
      ["C", false, true],
      ["B", false, false],
      ["D", false, false],
    ]);
  });

  it("stay the same objects where they say the same", () => {
    const before = linesOf([A, B, C], new Set(), true);
    const after = steadyLines(linesOf([B, A, D], new Set(), true), before);
    expect(after[0]).toBe(before[1]);
    expect(after[1]).not.toBe(before[0]);
    expect(after[1]?.others).toBe(0);
  });
});

describe("what is sifted here", () => {
  const whale = { market_ticker: "B" } as Trade;
  const board = { rows: [A, row("B", { ends_ts_ms: 3_600_001, change_dollars: "-0.0500" }), row("C", { ends_ts_ms: 3_600_002, change_dollars: "0.0400" })], whales: [whale], tsMs: 1 };
  const of = (view: object): string[] => shownRows(board, { ...DEFAULT_VIEW, ...view }).map((each) => each.market_ticker);

  it("is by end, by whale and by change", () => {
    expect(of({})).toEqual(["A", "B", "C"]);
    expect(of({ ends: "1h" })).toEqual(["B"]);
    expect(of({ whales: true })).toEqual(["B"]);
    expect(of({ sort: "change" })).toEqual(["B", "C", "A"]);
    expect(of({ ends: "3h", sort: "change" })).toEqual(["B", "C"]);
  });

  it("orders equal changes by ticker, either way of moving", () => {
    const rows = [row("Z", { change_dollars: "0.01" }), row("Y", { change_dollars: "-0.01" })];
    expect(byChange(rows).map((each) => each.market_ticker)).toEqual(["Y", "Z"]);
  });
});

describe("names", () => {
  it("are parted into question and outcome", () => {
    expect(titleParts(row("A", { title: "High in Town? · 51° or above", outcome: "51° or above" }))).toEqual({
      question: "High in Town?",
      outcome: "51° or above",
    });
    expect(titleParts(row("A", { title: "Open · Yes or no", outcome: "Other" })).question).toBe("Open · Yes or no");
    expect(titleParts(row("A"))).toEqual({ question: "A", outcome: "" });
  });

  it("of a row begin with the event, and say nothing twice", () => {
    const told = { title: "Will it be 51° or above?", outcome: "51° or above", event_title: "High in Town", short_label: "High TOWN ≥ 51°" };
    expect(rowName(row("A", told))).toEqual({ title: "High in Town", outcome: "51° or above", label: "High TOWN ≥ 51°" });
    expect(rowName(row("A", { ...told, event_title: "" })).title).toBe("Will it be 51° or above?");
    expect(rowName(row("A", { ...told, outcome: "" })).outcome).toBe("Will it be 51° or above?");
    expect(rowName(row("A", { ...told, short_label: "High in T… ≥ 51°" })).label).toBe("");
    expect(rowName(row("A", { title: "Rain", short_label: "Rain" }))).toEqual({ title: "Rain", outcome: "", label: "" });
    expect(rowName(row("A", { short_label: "A" }))).toEqual({ title: "A", outcome: "", label: "" });
  });

  it("are cut before outcome and strike alone", () => {
    expect(labelParts("PHI @ DAL · PHI")).toEqual({ head: "PHI @ DAL", tail: " · PHI" });
    expect(labelParts("BTC ≥ 98k")).toEqual({ head: "BTC", tail: " ≥ 98k" });
    expect(labelParts("A > B cup · Ann Lee")).toEqual({ head: "A > B cup", tail: " · Ann Lee" });
    expect(labelParts("One: 2+ + Two: 3+")).toEqual({ head: "", tail: "One: 2+ + Two: 3+" });
    expect(labelParts("High temperature in… 52–53°")).toEqual({ head: "High temperature in…", tail: " 52–53°" });
    expect(labelParts("Rain ≥ 3 inches")).toEqual({ head: "Rain", tail: " ≥ 3 inches" });
    expect(labelParts("A · B ≥ 3 · C")).toEqual({ head: "A · B ≥ 3", tail: " · C" });
    expect(labelParts("KXHIGHNY-26NOV21-T50")).toEqual({ head: "KXHIGHNY-26NOV21", tail: "-T50" });
    expect(labelParts("")).toEqual({ head: "", tail: "" });
  });

  it("are the label, else the title, else the ticker, without marks that hide text", () => {
    expect(labelOf({ market_ticker: "T", short_label: "x\u202ey", title: "t" })).toBe("xy");
    expect(labelOf({ market_ticker: "T", title: "t" })).toBe("t");
    expect(labelOf({ market_ticker: "T", short_label: "", title: null })).toBe("T");
  });
});
