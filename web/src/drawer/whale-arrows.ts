// Draws the whale marks of a chart: beneath its lines and beside the price, so that they
// hide neither. An arrow up below the price is YES, one down above it NO.

import type { ISeriesApi } from "lightweight-charts";
import { timeOf } from "./chart-style";
import { Underlay, type Target } from "./underlay";
import { markSize, type Mark } from "./whale-marks";

const HALF_WIDTH_PX = 3.5;
const AWAY_PX = 3;

export class WhaleArrows extends Underlay {
  colours = { yes: "", no: "" };
  #marks: readonly Mark[] = [];
  #leastDollars = 1;

  constructor(private readonly price: ISeriesApi<"Line">) {
    super();
  }

  show(marks: readonly Mark[], leastDollars: number): void {
    this.#marks = marks;
    this.#leastDollars = leastDollars;
    this.place?.requestUpdate();
  }

  protected draw(target: Target): void {
    const scale = this.place?.chart.timeScale();
    if (!scale) return;
    target.useMediaCoordinateSpace(({ context: pen }) => {
      pen.globalAlpha = 0.85;
      for (const mark of this.#marks) {
        const x = scale.timeToCoordinate(timeOf(mark.ms));
        const y = this.price.priceToCoordinate(mark.cents);
        if (x === null || y === null) continue;
        const half = HALF_WIDTH_PX * markSize(mark.dollars, this.#leastDollars);
        const way = mark.side === "yes" ? 1 : -1;
        pen.fillStyle = this.colours[mark.side];
        pen.beginPath();
        pen.moveTo(x, y + way * AWAY_PX);
        pen.lineTo(x - half, y + way * (AWAY_PX + 1.7 * half));
        pen.lineTo(x + half, y + way * (AWAY_PX + 1.7 * half));
        pen.fill();
      }
      pen.globalAlpha = 1;
    });
  }
}
