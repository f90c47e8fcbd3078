// The chart itself: price with bid and ask, volume, cumulative net flow, whale marks, and
// gaps shaded. The one file that knows the chart library; loaded when a chart is opened.
// Its own logo would need an inline style, which the page's policy forbids: the chart's
// legend names and links it in its place.

import {
  BaselineSeries,
  ColorType,
  createChart,
  createSeriesMarkers,
  HistogramSeries,
  LineSeries,
  LineStyle,
  LineType,
  type AutoscaleInfo,
  type IChartApi,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  type LineWidth,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import { markSize, priceRange, shades, type Bucket, type Mark } from "./chart-data";
import type { Chart } from "./chart-loader";
import { GapShade } from "./gap-shade";

/** How the chart writes times and figures: in the page's own formats. */
export interface Writing {
  time(ms: number): string;
  axisTime(ms: number, isDay: boolean): string;
  price(cents: number): string;
  contracts(value: number): string;
}

const PANES = [5, 1.3, 1.5] as const;
/** Tick marks of a day or more: those of the library's kinds 0 to 2. */
const DAY_MARK_MAX = 2;

export class ChartPainter {
  readonly #chart: IChartApi;
  readonly #price: ISeriesApi<"Line">;
  readonly #bid: ISeriesApi<"Line">;
  readonly #ask: ISeriesApi<"Line">;
  readonly #volume: ISeriesApi<"Histogram">;
  readonly #flow: ISeriesApi<"Baseline">;
  readonly #marks: ISeriesMarkersPluginApi<Time>;
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
    this.#chart = createChart(host, {
      autoSize: true,
      layout: { attributionLogo: false },
      handleScroll: { vertTouchDrag: false, mouseWheel: false },
      handleScale: { mouseWheel: false, axisPressedMouseMove: { time: true, price: false } },
      localization: { timeFormatter: (time: Time) => writing.time(msOf(time)) },
      rightPriceScale: { borderVisible: false, minimumWidth: 58 },
      timeScale: {
        borderVisible: false,
        timeVisible: true,
        secondsVisible: false,
        rightOffset: 2,
        lockVisibleTimeRangeOnResize: true,
        tickMarkFormatter: (time: Time, kind: number) => writing.axisTime(msOf(time), kind <= DAY_MARK_MAX),
      },
    });
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
    this.#marks = createSeriesMarkers<Time>(this.#price, []);
    this.#shades = [this.#price, this.#volume, this.#flow].map((series, index) => {
      const shade = new GapShade(this.#chart, index === 0);
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
    this.#drawMarks(chart);
    this.#shade(chart);
  }

  /** Takes the colours of the theme that is shown now. */
  recolour(): void {
    const colour = colours(this.host);
    const grid = { color: faded(colour.line, 0.55) };
    this.#chart.applyOptions({
      layout: {
        background: { type: ColorType.Solid, color: "transparent" },
        textColor: colour.text,
        fontFamily: getComputedStyle(this.host).fontFamily,
        fontSize: 11,
        panes: { separatorColor: colour.line, separatorHoverColor: colour.line, enableResize: false },
      },
      grid: { vertLines: grid, horzLines: grid },
      crosshair: {
        vertLine: { color: colour.text, labelBackgroundColor: colour.chip },
        horzLine: { color: colour.text, labelBackgroundColor: colour.chip },
      },
    });
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
    for (const shade of this.#shades) shade.colour = colour.warn;
    if (this.#shown) this.#drawMarks(this.#shown);
  }

  destroy(): void {
    this.#chart.remove();
  }

  #draw(): void {
    const chart = this.#shown;
    if (!chart) return;
    const { buckets } = chart.series;
    this.#price.setData(buckets.map((each) => point(each, each.price)));
    this.#bid.setData(buckets.map((each) => point(each, each.bid)));
    this.#ask.setData(buckets.map((each) => point(each, each.ask)));
    this.#volume.setData(buckets.map((each) => point(each, each.volume)));
    this.#flow.setData(buckets.map((each) => point(each, each.flow)));
    this.#drawnToMs = buckets.at(-1)?.ms ?? 0;
    this.#drawMarks(chart);
    this.#shade(chart);
  }

  #drawStep(bucket: Bucket): void {
    // The library tells a step that it has from one that goes behind its last.
    const known = bucket.ms < this.#drawnToMs;
    this.#price.update(point(bucket, bucket.price), known);
    this.#bid.update(point(bucket, bucket.bid), known);
    this.#ask.update(point(bucket, bucket.ask), known);
    this.#volume.update(point(bucket, bucket.volume), known);
    this.#flow.update(point(bucket, bucket.flow), known);
    this.#drawnToMs = Math.max(this.#drawnToMs, bucket.ms);
  }

  #drawMarks({ marks, whaleDollars }: Chart): void {
    const colour = colours(this.host);
    this.#marks.setMarkers(marks.map((mark) => shapeOf(mark, colour, whaleDollars)));
  }

  #shade({ gaps, series }: Chart): void {
    const spans = shades(gaps, series.fromMs, series.toMs).map(({ fromMs, toMs }) => ({
      from: (fromMs - series.fromMs) / series.stepMs,
      to: (toMs - series.fromMs) / series.stepMs,
    }));
    for (const shade of this.#shades) shade.spans = spans;
  }
}

type Colours = Record<"yes" | "no" | "text" | "line" | "chip" | "warn", string>;

/** An arrow for the side and its colour, as large as its dollars. */
function shapeOf(mark: Mark, colour: Colours, leastDollars: number) {
  const yes = mark.side === "yes";
  return {
    time: timeOf(mark.ms),
    position: yes ? ("atPriceBottom" as const) : ("atPriceTop" as const),
    price: mark.cents,
    shape: yes ? ("arrowUp" as const) : ("arrowDown" as const),
    color: yes ? colour.yes : colour.no,
    size: markSize(mark.dollars, leastDollars),
  };
}

function point(bucket: Bucket, value: number | null) {
  const time = timeOf(bucket.ms);
  return value === null ? { time } : { time, value };
}

function timeOf(ms: number): UTCTimestamp {
  return Math.floor(ms / 1000) as UTCTimestamp;
}

function msOf(time: Time): number {
  return typeof time === "number" ? time * 1000 : 0;
}

/** The tokens as the browser works them out: a canvas knows no `light-dark()`. */
function colours(host: HTMLElement): Colours {
  const probe = document.createElement("span");
  probe.hidden = true;
  host.append(probe);
  const of = (token: string): string => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const found = {
    yes: of("--yes"),
    no: of("--no"),
    text: of("--ink-3"),
    line: of("--line"),
    chip: of("--ink-2"),
    warn: of("--warn"),
  };
  probe.remove();
  return found;
}

function faded(rgb: string, alpha: number): string {
  const parts = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(rgb);
  return parts ? `rgba(${parts[1]}, ${parts[2]}, ${parts[3]}, ${alpha})` : rgb;
}
