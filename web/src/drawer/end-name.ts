// A line's name and last price beside its end, on the axis: so that a line is known
// without its colour, and no label covers it.

import type { ISeriesApi, ISeriesPrimitive, ISeriesPrimitiveAxisView, SeriesAttachedParameter, Time } from "lightweight-charts";

export class EndName implements ISeriesPrimitive<Time> {
  colour = "";
  behind = "";
  #text = "";
  #value: number | null = null;
  #attached: SeriesAttachedParameter<Time> | null = null;
  readonly #views: readonly ISeriesPrimitiveAxisView[];

  constructor(private readonly series: ISeriesApi<"Line">) {
    this.#views = [
      {
        coordinate: () => (this.#value === null ? null : this.series.priceToCoordinate(this.#value)) ?? -100,
        text: () => this.#text,
        textColor: () => this.colour,
        backColor: () => this.behind,
        visible: () => this.#value !== null,
        tickVisible: () => false,
      },
    ];
  }

  /** `value`: where the line ends; null: there is no line. */
  show(text: string, value: number | null): void {
    this.#text = text;
    this.#value = value;
    this.#attached?.requestUpdate();
  }

  attached(to: SeriesAttachedParameter<Time>): void {
    this.#attached = to;
  }

  detached(): void {
    this.#attached = null;
  }

  priceAxisViews(): readonly ISeriesPrimitiveAxisView[] {
    return this.#views;
  }
}
