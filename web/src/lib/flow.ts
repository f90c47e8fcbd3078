// The direction of money in a row, as one figure and one length. Pure.

import { parseFixed } from "./format";
import type { HotRow } from "./messages";

type Flow = Pick<HotRow, "net_flow_fp" | "volume_fp" | "yes_flow_dollars" | "no_flow_dollars">;

/** A scale never ends below this: among pennies no bar is long. */
const SCALE_MIN_E6 = 100_000_000n; // a hundred dollars
/** Smaller moves are noise: no mark is made of them. */
const APART_MIN_E4 = 300n; // three cents
/** Nor is a flow of a smaller part of the volume a direction. */
const APART_PART = 3n;
const HEAT_PER_DOUBLING = 20;
/** Less is no cause. */
const HOT_TIMES = 1.5;

/** Dollars of the net contracts, at the price that their takers paid on average; with the
 * sign of the contracts, which tell the direction, never the dollars. */
export function netDollarsE6(row: Flow): bigint {
  const net = parseFixed(row.net_flow_fp, 2) ?? 0n;
  if (net === 0n) return 0n;
  const volume = parseFixed(row.volume_fp, 2) ?? 0n;
  const yes = net > 0n;
  const paid = parseFixed(yes ? row.yes_flow_dollars : row.no_flow_dollars, 6) ?? 0n;
  // Both sides together are the volume, their difference is the net.
  const taken = (volume + (yes ? net : -net)) / 2n;
  return taken > 0n ? (paid * net) / taken : 0n;
}

/** The dollars that fill a bar from its centre: the largest of `rows`, rounded up to 1, 2
 * or 5 times a power of ten, so that bars do not breathe with every trade. */
export function scaleE6(rows: readonly Flow[]): number {
  let largest = SCALE_MIN_E6;
  for (const row of rows) {
    const net = netDollarsE6(row);
    if (net > largest) largest = net;
    else if (-net > largest) largest = -net;
  }
  const power = 10 ** Math.floor(Math.log10(Number(largest)));
  const digit = Number(largest) / power;
  return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

/** Length of a bar, 0 to 1, by the logarithm of its dollars: $1 is next to nothing. */
export function barLength(netE6: bigint, fullE6: number): number {
  const dollars = Math.abs(Number(netE6)) / 1e6;
  return Math.min(1, Math.log10(1 + dollars) / Math.log10(1 + fullE6 / 1e6));
}

/** Whether contracts went one way and the price the other: by three cents at least, and a
 * third of what was traded. */
export function isApart(row: Pick<HotRow, "net_flow_fp" | "volume_fp" | "change_dollars">): boolean {
  const net = parseFixed(row.net_flow_fp, 2) ?? 0n;
  const change = parseFixed(row.change_dollars, 4) ?? 0n;
  const apart = net > 0n ? change <= -APART_MIN_E4 : net < 0n && change >= APART_MIN_E4;
  return apart && (net < 0n ? -net : net) * APART_PART >= (parseFixed(row.volume_fp, 2) ?? 0n);
}

/** What makes a market hot: how many times its usual money a minute flows in. The server
 * gives 20 points of heat a doubling, so its points tell the times. */
export function heatCause(heat: number): string {
  const times = 2 ** (heat / HEAT_PER_DOUBLING) - 1;
  if (times < HOT_TIMES) return "";
  return `${heat >= 100 ? ">" : ""}${times < 9.95 ? times.toFixed(1).replace(".0", "") : Math.round(times)}×`;
}
