import { describe, expect, it } from "vitest";
import * as f from "./format";

describe("prices", () => {
  it.each([
    ["0.6400", "64¢"],
    ["0.4550", "45.5¢"],
    ["0.0070", "0.7¢"],
    ["0.123456", "12.3456¢"],
    ["1.0000", "100¢"],
    ["0.0000", "0¢"],
    ["-0.0300", "−3¢"],
    ["", "–"],
    ["1e3", "–"],
    ["0.1.2", "–"],
  ])("shows %s as %s", (text, shown) => expect(f.cents(text)).toBe(shown));

  it("shows the size of a change, and a dash for none", () => {
    expect(["0.0300", "-0.0050", "0.0000"].map(f.changeSize)).toEqual(["3¢", "0.5¢", "–"]);
    expect(["0.0300", "-0.0050", "0.0000", "?"].map(f.signOf)).toEqual([1, -1, 0, 0]);
  });
});

describe("dollars", () => {
  it.each([
    ["14.300000", "$14"],
    ["0.360000", "$0.36"],
    ["0.000000", "$0"],
    ["0.004999", "$0"],
    ["0.995000", "$1"],
    ["949.490000", "$949"],
    ["999.499999", "$999"],
    ["999.500000", "$1.00k"],
    ["5290.120000", "$5.29k"],
    ["43649.999999", "$43.6k"],
    ["43650.000000", "$43.7k"],
    ["541000.000000", "$541k"],
    ["999500.000000", "$1.00M"],
    ["1298441.250000", "$1.30M"],
    ["-2810.000000", "−$2.81k"],
    ["9007199254740993.000001", "$9,007T"],
    ["NaN", "–"],
  ])("shows %s as %s", (text, shown) => expect(f.dollars(text)).toBe(shown));

  it("keeps every digit in a tooltip, beyond what a float holds", () => {
    expect(f.exact("9007199254740993.000001")).toBe("9,007,199,254,740,993.000001");
    expect(f.exact("-1234.50")).toBe("−1,234.50");
    expect(f.exact("<b>")).toBe("–");
  });
});

describe("contracts", () => {
  it.each([
    ["1677.00", "1,677"],
    ["2.50", "2.50"],
    ["0.01", "0.01"],
    ["1677.50", "1,678"],
    ["9999.49", "9,999"],
    ["9999.50", "10.0k"],
    ["14512.00", "14.5k"],
    ["-170000.00", "−170k"],
  ])("shows %s as %s", (text, shown) => expect(f.contracts(text)).toBe(shown));
});

describe("times", () => {
  const noon = Date.UTC(2026, 10, 21, 2, 47, 31, 123);

  it("are UTC, whatever the browser's zone", () => {
    expect(f.clockTime(noon)).toBe("02:47:31");
    expect([f.moment(noon, noon + 1), f.moment(noon, noon + 86_400_000)]).toEqual(["02:47:31", "21 Nov 02:47"]);
    expect(f.isoTime(noon)).toBe("2026-11-21T02:47:31.123Z");
    expect(f.day(noon)).toBe("21 Nov 2026");
    expect([f.clockTime(NaN), f.isoTime(1e300)]).toEqual(["–", "–"]);
  });

  it("become ages in feeds and in sentences", () => {
    const ages = [-50, 900, 3_000, 125_000, 3_700_000, 400_000_000];
    expect(ages.map(f.printAge)).toEqual(["now", "now", "3s", "2m", "1h", "4d"]);
    expect(ages.map(f.dataAge)).toEqual(["<1 s", "<1 s", "3 s", "2 min", "1 h", "4 d"]);
  });
});

it("rates have one decimal below ten", () => {
  expect([0, 0.43, 92.4, "1204.2", "x"].map(f.rate)).toEqual(["0", "0.4", "92", "1,204", "–"]);
});

it("titles lose marks that turn or hide text, and are bounded", () => {
  expect(f.plainTitle("a\u202eb\u0007c\u2066d<i>")).toBe("abcd<i>");
  expect(f.plainTitle("x".repeat(999))).toHaveLength(300);
});
