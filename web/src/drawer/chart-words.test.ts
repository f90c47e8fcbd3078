import { expect, it } from "vitest";
import { axisTime, money, priceMark, priceText } from "./chart-words";

it("writes prices as the page does, and no price that none can be", () => {
  expect([45.5, 0.7, 100, null].map(priceText)).toEqual(["45.5¢", "0.7¢", "100¢", "–"]);
  expect([-5, 0, 100, 105].map(priceMark)).toEqual(["", "0¢", "100¢", ""]);
});

it("writes a day where one begins, else the time", () => {
  const ms = Date.UTC(2026, 10, 21, 17, 5, 9);

  expect([axisTime(ms, true), axisTime(ms, false)]).toEqual(["21 Nov", "17:05"]);
});

it("leaves out cents that say nothing", () => {
  expect([1_000, 9_400, 2_500_000].map(money)).toEqual(["$1k", "$9.40k", "$2.50M"]);
});
