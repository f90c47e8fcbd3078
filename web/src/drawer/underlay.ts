// What is drawn beneath the lines of a chart: the part that the chart library asks for.

import type { IPrimitivePaneRenderer, IPrimitivePaneView, ISeriesPrimitive, SeriesAttachedParameter, Time } from "lightweight-charts";

export type Target = Parameters<IPrimitivePaneRenderer["draw"]>[0];

export abstract class Underlay implements ISeriesPrimitive<Time> {
  /** Null while it is part of no chart. */
  protected place: SeriesAttachedParameter<Time> | null = null;
  readonly #views: readonly IPrimitivePaneView[] = [
    { zOrder: () => "bottom", renderer: () => ({ draw: (target: Target) => this.draw(target) }) },
  ];

  attached(to: SeriesAttachedParameter<Time>): void {
    this.place = to;
  }

  detached(): void {
    this.place = null;
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return this.#views;
  }

  protected abstract draw(target: Target): void;
}
