// How charts write prices and times: in the page's own formats.

import { cents, clockTime, DASH, day, dollars } from "../lib/format";

/** "45.5¢" of a price in cents; a dash for none. */
export function priceText(price: number | null): string {
  return price === null ? DASH : cents((price / 100).toFixed(4));
}

/** The same on the axis, where nothing is written that no price can be. */
export function priceMark(price: number): string {
  return price < 0 || price > 100 ? "" : priceText(price);
}

/** "17:05" on the axis, or "21 Nov" where a day begins. */
export function axisTime(ms: number, isDay: boolean): string {
  return isDay ? day(ms).replace(/ \d+$/, "") : clockTime(ms).slice(0, 5);
}

/** "$1k", "$9.40k". */
export function money(paid: number): string {
  return dollars(paid.toFixed(6)).replace(/\.0+(?=\D)/, "");
}
