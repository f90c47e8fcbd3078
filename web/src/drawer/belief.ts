// The prices of a strike ladder at one moment -> what they imply of the number that it
// asks about, as flowboard/events/distribution.py does it: thresholds tell how likely the
// number lies above them, and neighbours that contradict each other are pooled; buckets
// tell how likely it lies in them, and are made to be one together. Pure.

/** What the number must lie in for YES; open ends are infinite. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

export interface Strikes {
  readonly strike_type: string;
  readonly floor_strike: number | null;
  readonly cap_strike: number | null;
}

/** The probability, in 1e-4, that the number lies above `strike`. */
export interface Point {
  readonly strike: number;
  readonly aboveE4: number;
}

/** A place in the unit of the strikes; `open`: it lies beyond the outermost one, told here. */
export interface Quantile {
  readonly value: number;
  readonly open: boolean;
}

export interface Belief {
  /** Null where it lies beyond the strikes. */
  readonly median: number | null;
  /** Between them the number lies with 80 %. */
  readonly low: Quantile;
  readonly high: Quantile;
}

const ONE_E4 = 10_000;
const POINTS_MIN = 2;
const MASS_MIN_E4 = 5_000;
const LOW_ABOVE_E4 = 9_000;
const HIGH_ABOVE_E4 = 1_000;

/** Returns what a member's YES asks of the number; null where it is no such question. */
export function boundsOf({ strike_type: kind, floor_strike: floor, cap_strike: cap }: Strikes): Bounds | null {
  const above = /^greater(_or_equal)?$/.test(kind);
  const below = /^less(_or_equal)?$/.test(kind);
  const between = kind === "between";
  if (!above && !below && !between) return null;
  const low = below ? -Infinity : finite(floor);
  const high = above ? Infinity : finite(cap);
  return low <= high ? { low, high } : null;
}

/** Returns the points that prices imply, by rising strike; null where too few are known.
 * `pricesE4` are those of YES, in 1e-4 dollars. */
export function pointsOf(ranges: readonly (Bounds | null)[], pricesE4: readonly (number | null)[]): Point[] | null {
  const told = ranges.flatMap((range, index) => (range ? [{ ...range, price: pricesE4[index] ?? null }] : []));
  if (told.filter((each) => each.price !== null).length < POINTS_MIN) return null;
  told.sort((a, b) => compared(a.low, b.low) || compared(a.high, b.high));
  const closed = told.some((each) => Number.isFinite(each.low) && Number.isFinite(each.high));
  const apart = told.every((each, index) => index === 0 || (told[index - 1]?.high ?? Infinity) <= each.low);
  // A bucket without a price counts as nothing: so it is where nobody bids.
  if (closed && apart) return ofBuckets(told, told.map((each) => each.price ?? 0));
  return ofThresholds(told.flatMap(({ price, ...range }) => (price === null ? [] : [{ ...range, price }])));
}

/** Where `aboveE4` lies above, linear between points; the middle of a stretch where that is
 * so. Null where it lies beyond them. */
export function quantileOf(points: readonly Point[], aboveE4: number): number | null {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last || first.aboveE4 < aboveE4 || last.aboveE4 > aboveE4) return null;
  const index = points.findIndex((point) => point.aboveE4 <= aboveE4);
  const after = points[index] ?? last;
  if (after.aboveE4 === aboveE4) {
    const end = points.findLast((point) => point.aboveE4 === aboveE4) ?? after;
    return after.strike / 2 + end.strike / 2;
  }
  const before = points[index - 1] ?? after;
  const share = (before.aboveE4 - aboveE4) / (before.aboveE4 - after.aboveE4);
  return before.strike + share * (after.strike - before.strike);
}

/** Returns median and the span that holds 80 %; null where that lies beyond all strikes. */
export function beliefOf(points: readonly Point[] | null): Belief | null {
  const first = points?.[0];
  const last = points?.at(-1);
  if (!points || !first || !last || first.aboveE4 < HIGH_ABOVE_E4 || last.aboveE4 > LOW_ABOVE_E4) return null;
  const low = quantileOf(points, LOW_ABOVE_E4);
  const high = quantileOf(points, HIGH_ABOVE_E4);
  return {
    median: quantileOf(points, ONE_E4 / 2),
    low: { value: low ?? first.strike, open: low === null },
    high: { value: high ?? last.strike, open: high === null },
  };
}

function ofBuckets(told: readonly Bounds[], masses: readonly number[]): Point[] | null {
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  if (total < MASS_MIN_E4) return null;
  const ranges = whole(told);
  const points: Point[] = [];
  let above = total;
  for (let index = 0; index <= ranges.length; index += 1) {
    const [left, right] = [ranges[index - 1], ranges[index]];
    // An edge lies half way between the cap of the lower and the floor of the upper one.
    const edge = left && right ? left.high / 2 + right.low / 2 : (right?.low ?? left?.high ?? NaN);
    if (Number.isFinite(edge)) points.push({ strike: edge, aboveE4: rounded(above * ONE_E4, total) });
    above -= masses[index] ?? 0;
  }
  return points;
}

/** With their open ends as inclusive as the others: "less than 80" beside "80 to 81" ends at
 * 79. Only where that is sure: whole numbers, each bucket one step from the next. */
function whole(told: readonly Bounds[]): Bounds[] {
  const found = [...told];
  const first = found[0]?.low === -Infinity ? 1 : 0;
  const last = found.length - (found.at(-1)?.high === Infinity ? 1 : 0);
  const closed = found.slice(first, last);
  const steps = closed.slice(1).map((right, index) => right.low - (closed[index]?.high ?? NaN));
  const bounds = found.flatMap((each) => [each.low, each.high]).filter(Number.isFinite);
  if (!steps.length || steps.some((step) => step !== 1) || !bounds.every(Number.isInteger)) return found;
  const [lowest, second] = found;
  const [beside, highest] = [found.at(-2), found.at(-1)];
  if (first && lowest && lowest.high === second?.low) found[0] = { low: -Infinity, high: lowest.high - 1 };
  if (last < found.length && highest && highest.low === beside?.high) found[found.length - 1] = { low: highest.low + 1, high: Infinity };
  return found;
}

function ofThresholds(known: readonly (Bounds & { readonly price: number })[]): Point[] | null {
  const above = new Map<number, { total: number; count: number }>();
  const tell = (strike: number, price: number): void => {
    const before = above.get(strike) ?? { total: 0, count: 0 };
    above.set(strike, { total: before.total + price, count: before.count + 1 });
  };
  for (const { low, high, price } of known) {
    if (high === Infinity) tell(low, price);
    else if (low === -Infinity) tell(high, ONE_E4 - price);
  }
  if (above.size < POINTS_MIN) return null;
  const strikes = [...above.keys()].sort(compared);
  const levels = falling(strikes.map((strike) => above.get(strike) ?? { total: 0, count: 1 }));
  return strikes.map((strike, index) => ({ strike, aboveE4: levels[index] ?? 0 }));
}

/** Pools neighbours that rise: levels that never do, the nearest in squares. */
export function falling(groups: readonly { readonly total: number; readonly count: number }[]): number[] {
  const blocks: { total: number; count: number; strikes: number }[] = [];
  for (const { total, count } of groups) {
    let block = { total, count, strikes: 1 };
    for (let before = blocks.at(-1); before && before.total * block.count < block.total * before.count; before = blocks.at(-1)) {
      blocks.pop();
      block = { total: block.total + before.total, count: block.count + before.count, strikes: block.strikes + before.strikes };
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ total, count, strikes }) => Array<number>(strikes).fill(rounded(total, count)));
}

/** Divides whole numbers and rounds half up. */
function rounded(numerator: number, denominator: number): number {
  return Math.floor((2 * numerator + denominator) / (2 * denominator));
}

function finite(value: number | null): number {
  return value === null || !Number.isFinite(value) ? NaN : value;
}

/** Not by difference: that of two endless numbers is none. */
function compared(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
