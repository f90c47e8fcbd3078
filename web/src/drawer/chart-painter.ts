// The chart itself: price with bid and ask, volume, cumulative net flow, whale marks, and
// gaps shaded. The one file that knows the chart library; loaded when a chart is opened.
// Its own logo would need an inline style, which the page's policy forbids: the chart's
// legend names and links it in its place.

import {
  BaselineSeries,
  createChart,
  HistogramSeries,
  LineSeries,
  LineStyle,
  LineType,
  type AutoscaleInfo,
  type IChartApi,
  type ISeriesApi,
  type LineWidth,
} from "lightweight-charts";
import { priceRange, shades, type Bucket } from "./chart-data";
import type { Chart } from "./chart-loader";
import { behaviour, coloursOf, faded, pointOf, themed, type TimeWriting } from "./chart-style";
import { GapShade } from "./gap-shade";
import { WhaleArrows } from "./whale-arrows";

/** How the chart writes times and figures: in the page's own formats. */
export interface Writing extends TimeWriting {
  price(cents: number): string;
  contracts(value: number): string;
}

const PANES = [5, 1.5, 1.7] as const;

export class ChartPainter {
  readonly #chart: IChartApi;
  readonly #price: ISeriesApi<"Line">;
  readonly #bid: ISeriesApi<"Line">;
  readonly #ask: ISeriesApi<"Line">;
  readonly #volume: ISeriesApi<"Histogram">;
  readonly #flow: ISeriesApi<"Baseline">;
  readonly #arrows: WhaleArrows;
  readonly #shades: GapShade[];
  #shown: Chart | null = null;
  #drawnToMs = 0;
  /** The reader has moved or zoomed the chart. */
  #moved = false;

  /** `onPoint` is told of the step under the pointer, null when there is none. */
  constructor(
    private readonly host: HTMLElement,
    writing: Writing,
    onPoint: (bucket: Bucket | null) => void,
  ) {
    this.#chart = createChart(host, behaviour(writing));
    const price = { type: "custom", minMove: 0.01, formatter: writing.price } as const;
    const contracts = { type: "custom", minMove: 0.01, formatter: writing.contracts } as const;
    const thin: { lineWidth: LineWidth; lineStyle: LineStyle } = { lineWidth: 1, lineStyle: LineStyle.Dotted };
    const silent = { lastValueVisible: false, priceLineVisible: false, crosshairMarkerVisible: false };
    const step = { lineType: LineType.WithSteps, priceFormat: price };
    const autoscaleInfoProvider = (original: () => AutoscaleInfo | null): AutoscaleInfo | null => {
      const info = original();
      const { minValue, maxValue } = info?.priceRange ?? { minValue: 0, maxValue: 0 };
      const { from, to } = priceRange(minValue, maxValue);
      return info && { ...info, priceRange: { minValue: from, maxValue: to } };
    };
    this.#bid = this.#chart.addSeries(LineSeries, { ...step, ...thin, ...silent });
    this.#ask = this.#chart.addSeries(LineSeries, { ...step, ...thin, ...silent });
    this.#price = this.#chart.addSeries(LineSeries, { ...step, lineWidth: 2, autoscaleInfoProvider });
    const bottom = { ...silent, lastValueVisible: true, priceFormat: contracts };
    this.#volume = this.#chart.addSeries(HistogramSeries, { ...bottom, lastValueVisible: false }, 1);
    this.#flow = this.#chart.addSeries(BaselineSeries, { ...bottom, lineWidth: 1, baseValue: { type: "price", price: 0 } }, 2);
    this.#arrows = new WhaleArrows(this.#price);
    this.#price.attachPrimitive(this.#arrows);
    this.#shades = [this.#price, this.#volume, this.#flow].map((series, index) => {
      const shade = new GapShade(index === 0);
      series.attachPrimitive(shade);
      return shade;
    });
    this.#chart.panes().forEach((pane, index) => pane.setStretchFactor(PANES[index] ?? 1));
    this.#chart.subscribeCrosshairMove(({ logical, point }) => {
      const index = point && typeof logical === "number" ? Math.round(logical) : -1;
      onPoint(this.#shown?.series.buckets[index] ?? null);
    });
    host.addEventListener("pointerdown", () => (this.#moved = true));
    this.recolour();
  }

  /** Shows a chart; `anew`: another one, whole. Else what the reader has moved to stays. */
  show(chart: Chart, anew: boolean): void {
    const scale = this.#chart.timeScale();
    const seen = this.#moved && !anew ? scale.getVisibleRange() : null;
    this.#moved = seen !== null;
    this.#shown = chart;
    this.#draw();
    if (seen) scale.setVisibleRange(seen);
    else scale.fitContent();
  }

  /** Shows what has changed in the chart: from step `first` on, at its end alone or anywhere. */
  follow(chart: Chart, first: number): void {
    this.#shown = chart;
    const { buckets } = chart.series;
    if (first < buckets.length - 3) this.#draw();
    else for (const bucket of buckets.slice(first)) this.#drawStep(bucket);
    this.#arrows.show(chart.marks, chart.whales?.leastDollars ?? 1);
    this.#shade(chart);
  }

  /** Takes the colours of the theme that is shown now. */
  recolour(): void {
    const colour = coloursOf(this.host);
    this.#chart.applyOptions(themed(this.host, colour));
    this.#price.applyOptions({ color: colour.yes, priceLineColor: colour.yes });
    this.#bid.applyOptions({ color: colour.text });
    this.#ask.applyOptions({ color: colour.text });
    this.#volume.applyOptions({ color: faded(colour.text, 0.6) });
    this.#flow.applyOptions({
      topLineColor: colour.yes,
      topFillColor1: faded(colour.yes, 0.25),
      topFillColor2: faded(colour.yes, 0.02),
      bottomLineColor: colour.no,
      bottomFillColor1: faded(colour.no, 0.02),
      bottomFillColor2: faded(colour.no, 0.25),
    });
    this.#arrows.colours = colour;
    for (const shade of this.#shades) shade.colour = colour.warn;
  }

  destroy(): void {
    this.#chart.remove();
  }

  #draw(): void {
    const chart = this.#shown;
    if (!chart) return;
    const { buckets } = chart.series;
    this.#price.setData(buckets.map((each) => pointOf(each.ms, each.price)));
    this.#bid.setData(buckets.map((each) => pointOf(each.ms, each.bid)));
    this.#ask.setData(buckets.map((each) => pointOf(each.ms, each.ask)));
    this.#volume.setData(buckets.map((each) => pointOf(each.ms, each.volume)));
    this.#flow.setData(buckets.map((each) => pointOf(each.ms, each.flow)));
    this.#drawnToMs = buckets.at(-1)?.ms ?? 0;
    this.#arrows.show(chart.marks, chart.whales?.leastDollars ?? 1);
    this.#shade(chart);
  }

  #drawStep(bucket: Bucket): void {
    // The library tells a step that it has from one that goes behind its last.
    const known = bucket.ms < this.#drawnToMs;
    this.#price.update(pointOf(bucket.ms, bucket.price), known);
    this.#bid.update(pointOf(bucket.ms, bucket.bid), known);
    this.#ask.update(pointOf(bucket.ms, bucket.ask), known);
    this.#volume.update(pointOf(bucket.ms, bucket.volume), known);
    this.#flow.update(pointOf(bucket.ms, bucket.flow), known);
    this.#drawnToMs = Math.max(this.#drawnToMs, bucket.ms);
  }

  #shade({ gaps, series }: Chart): void {
    const spans = shades(gaps, series.fromMs, series.toMs).map(({ fromMs, toMs }) => ({
      from: (fromMs - series.fromMs) / series.stepMs,
      to: (toMs - series.fromMs) / series.stepMs,
    }));
    for (const shade of this.#shades) shade.spans = spans;
  }
}
