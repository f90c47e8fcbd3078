// Shades the spans of a chart of which trades may be missing: a tint, and a word, so that
// a flat line there is not read as a quiet market.

import type { Logical } from "lightweight-charts";
import { Underlay, type Target } from "./underlay";

/** From step to step, with fractions. */
export interface StepSpan {
  readonly from: number;
  readonly to: number;
}

const LEAST_PX = 2;
const WORD_PX = 26;

export class GapShade extends Underlay {
  spans: readonly StepSpan[] = [];
  colour = "";

  constructor(private readonly named: boolean) {
    super();
  }

  protected draw(target: Target): void {
    target.useMediaCoordinateSpace(({ context: pen, mediaSize }) => {
      pen.fillStyle = this.colour;
      for (const span of this.spans) {
        // A step is drawn around its middle.
        const left = this.#x(span.from - 0.5);
        const right = this.#x(span.to - 0.5);
        if (left === null || right === null) continue;
        const width = Math.max(LEAST_PX, right - left);
        pen.globalAlpha = 0.16;
        pen.fillRect(left, 0, width, mediaSize.height);
        pen.globalAlpha = 1;
        if (!this.named || width < WORD_PX) continue;
        pen.font = "11px sans-serif";
        pen.textAlign = "center";
        pen.fillText("gap", left + width / 2, 14);
      }
    });
  }

  /** The library knows where whole steps are; between them the way is even. */
  #x(step: number): number | null {
    const scale = this.place?.chart.timeScale();
    if (!scale) return null;
    const whole = Math.floor(step);
    const left = scale.logicalToCoordinate(whole as Logical);
    const right = scale.logicalToCoordinate((whole + 1) as Logical);
    return left === null || right === null ? null : left + (right - left) * (step - whole);
  }
}
