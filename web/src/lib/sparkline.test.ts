import { expect, it } from "vitest";
import { PRICE_RANGE_MIN, rangeOf } from "./sparkline";

it("a drawing spans five cents at least, evenly around its values", () => {
  expect(rangeOf([5000, 5100], PRICE_RANGE_MIN)).toEqual([4800, 500]);
  expect(rangeOf([5000], PRICE_RANGE_MIN)).toEqual([4750, 500]);
  expect(rangeOf([100, 9900], PRICE_RANGE_MIN)).toEqual([100, 9800]);
});
