import { expect, it } from "vitest";
import { barLength, heatCause, isApart, netDollarsE6, scaleE6 } from "./flow";

const row = (net: string, volume: string, yes: string, no: string) => ({
  net_flow_fp: net,
  volume_fp: volume,
  yes_flow_dollars: yes,
  no_flow_dollars: no,
});

it("net dollars are the net contracts at the price that their takers paid", () => {
  // 800 contracts of YES for $160, 200 of NO for $180: money says NO, contracts YES.
  expect(netDollarsE6(row("600.00", "1000.00", "160.000000", "180.000000"))).toBe(120_000_000n);
  expect(netDollarsE6(row("-1000.00", "1000.00", "0.000000", "900.000000"))).toBe(-900_000_000n);
  expect(netDollarsE6(row("0.00", "1000.00", "10.000000", "90.000000"))).toBe(0n);
  expect(netDollarsE6(row("0.01", "0.01", "0.004500", "0.000000"))).toBe(4_500n);
});

it("net dollars of what cannot be read are none", () => {
  expect(netDollarsE6(row("x", "1.00", "1", "1"))).toBe(0n);
  expect(netDollarsE6(row("5.00", "x", "1", "1"))).toBe(2_000_000n);
  expect(netDollarsE6(row("-5.00", "0.00", "1", "x"))).toBe(0n);
});

it("the column's scale ends at 1, 2 or 5 times a power of ten, never below $100", () => {
  const of = (dollars: number): number => scaleE6([row(`${dollars}.00`, `${dollars}.00`, `${dollars}.000000`, "0")]) / 1e6;
  expect([1, 100, 101, 201, 501, 1820, 999_999].map(of)).toEqual([100, 100, 200, 500, 1000, 2000, 1_000_000]);
  expect(scaleE6([])).toBe(100e6);
});

it("a bar grows with the logarithm of its dollars, to the end of the scale", () => {
  expect(barLength(0n, 100e6)).toBe(0);
  expect(barLength(-100_000_000n, 100e6)).toBe(1);
  expect(barLength(10n ** 15n, 100e6)).toBe(1);
  expect(barLength(9_000_000n, 99e6)).toBeCloseTo(0.5);
});

it("flow and price are apart from three cents and a third of the volume on", () => {
  const apart = (net: string, change: string): boolean => isApart({ net_flow_fp: net, volume_fp: "100.00", change_dollars: change });
  expect(apart("33.34", "-0.0300")).toBe(true);
  expect(apart("-33.34", "0.0300")).toBe(true);
  expect(apart("50.00", "-0.0299")).toBe(false);
  expect(apart("33.33", "-0.5000")).toBe(false);
  expect(apart("50.00", "0.0300")).toBe(false);
  expect(apart("0.00", "-0.9000")).toBe(false);
});

it("heat tells how many times the usual it is, from half as much again on", () => {
  expect([0, 26, 27, 60, 79, 99, 100].map(heatCause)).toEqual(["", "", "1.5×", "7×", "14×", "30×", ">31×"]);
});
