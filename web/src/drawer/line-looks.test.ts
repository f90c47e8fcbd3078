import { expect, it } from "vitest";
import { LINES_MAX } from "./event-history";
import { LINE_LOOKS } from "./line-looks";

it("tells every line from the others without its colour", () => {
  expect(LINE_LOOKS.length).toBe(LINES_MAX);
  expect(new Set(LINE_LOOKS.map(({ width, style }) => `${width} ${style}`)).size).toBe(LINES_MAX);
});
