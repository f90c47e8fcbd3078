// Shades the span in which a number lies with 80 %, step by step.

import type { ISeriesApi, Logical } from "lightweight-charts";
import type { Belief } from "./belief";
import { Underlay, type Target } from "./underlay";

export class BandShade extends Underlay {
  colour = "";
  beliefs: readonly (Belief | null)[] = [];

  constructor(private readonly series: ISeriesApi<"Line">) {
    super();
  }

  protected draw(target: Target): void {
    const scale = this.place?.chart.timeScale();
    if (!scale) return;
    target.useMediaCoordinateSpace(({ context: pen }) => {
      pen.fillStyle = this.colour;
      pen.globalAlpha = 0.18;
      this.beliefs.forEach((belief, step) => {
        // Lines go up and down at a step, and hold from there: so does the band.
        const left = belief && scale.logicalToCoordinate(step as Logical);
        const right = scale.logicalToCoordinate((step + 1) as Logical);
        const top = belief && this.series.priceToCoordinate(belief.high.value);
        const bottom = belief && this.series.priceToCoordinate(belief.low.value);
        if (left === null || right === null || top === null || bottom === null) return;
        const isLast = step === this.beliefs.length - 1;
        pen.fillRect(left, top, (isLast ? 1 : right - left), bottom - top);
      });
      pen.globalAlpha = 1;
    });
  }
}
