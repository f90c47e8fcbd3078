// An event's chart: a line for each of a few markets, named at its end, and of a ladder the
// implied median with the span that holds 80 %. Loaded with the chart library.

import { createChart, LineSeries, LineStyle, LineType, type IChartApi, type ISeriesApi, type LineSeriesPartialOptions, type LineWidth } from "lightweight-charts";
import { BandShade } from "./band-shade";
import { shades } from "./chart-data";
import { behaviour, coloursOf, pointOf, themed, tokensOf, type TimeWriting } from "./chart-style";
import { EndName } from "./end-name";
import type { EventChart } from "./event-chart-loader";
import { GapShade } from "./gap-shade";
import { LINE_LOOKS } from "./line-looks";

export interface EventWriting extends TimeWriting {
  price(cents: number): string;
  /** Of the number that a ladder asks about. */
  strike(value: number): string;
  /** What stands at the end of a line. */
  endName(ticker: string): string;
}

interface Line {
  readonly series: ISeriesApi<"Line">;
  readonly name: EndName;
}

const PANES = [5, 3] as const;
const STYLES: Record<string, LineStyle> = {
  solid: LineStyle.Solid,
  dashed: LineStyle.Dashed,
  dotted: LineStyle.Dotted,
};
const SILENT = { lastValueVisible: false, priceLineVisible: false, crosshairMarkerVisible: false, lineType: LineType.WithSteps } as const;

export class EventPainter {
  readonly #chart: IChartApi;
  readonly #lines: Line[];
  readonly #shades: GapShade[];
  readonly #band: { median: Line; low: ISeriesApi<"Line">; high: ISeriesApi<"Line">; shade: BandShade } | null = null;
  #shown: EventChart | null = null;
  #drawnToMs = 0;
  #moved = false;

  /** `isLadder`: there is a median to tell. `onPoint` is told of
   * the step under the pointer, null when there is none. */
  constructor(
    private readonly host: HTMLElement,
    private readonly writing: EventWriting,
    isLadder: boolean,
    onPoint: (step: number | null) => void,
  ) {
    this.#chart = createChart(host, behaviour(writing));
    const priceFormat = { type: "custom", minMove: 0.01, formatter: writing.price } as const;
    this.#lines = LINE_LOOKS.map(({ width, style }) =>
      this.#named({ ...SILENT, priceFormat, lineWidth: width as LineWidth, lineStyle: STYLES[style] ?? LineStyle.Solid }, 0),
    );
    if (isLadder) {
      const strikes = { ...SILENT, priceFormat: { type: "custom", minMove: 1e-6, formatter: writing.strike } } as const;
      const edge = { ...strikes, lineWidth: 1, lineStyle: LineStyle.Dotted } as const;
      const low = this.#chart.addSeries(LineSeries, edge, 1);
      const high = this.#chart.addSeries(LineSeries, edge, 1);
      const median = this.#named({ ...strikes, lineWidth: 2 }, 1);
      const shade = new BandShade(median.series);
      median.series.attachPrimitive(shade);
      this.#band = { median, low, high, shade };
    }
    const first = [this.#lines[0]?.series, this.#band?.median.series].filter((each) => each !== undefined);
    this.#shades = first.map((series, index) => {
      const shade = new GapShade(index === 0);
      series.attachPrimitive(shade);
      return shade;
    });
    this.#chart.panes().forEach((pane, index) => pane.setStretchFactor(PANES[index] ?? 1));
    this.#chart.subscribeCrosshairMove(({ logical, point }) => {
      const step = point && typeof logical === "number" ? Math.round(logical) : -1;
      onPoint(step >= 0 && step < (this.#shown?.history.times.length ?? 0) ? step : null);
    });
    host.addEventListener("pointerdown", () => (this.#moved = true));
    this.recolour();
  }

  /** Shows a chart; `anew`: another one, whole. Else what the reader has moved to stays. */
  show(chart: EventChart, anew: boolean): void {
    const scale = this.#chart.timeScale();
    const seen = this.#moved && !anew ? scale.getVisibleRange() : null;
    this.#moved = seen !== null;
    this.#shown = chart;
    this.follow(chart, 0);
    if (seen) scale.setVisibleRange(seen);
    else scale.fitContent();
  }

  /** Shows what has changed in the chart from step `first` on. */
  follow(chart: EventChart, first: number): void {
    this.#shown = chart;
    const { history, lines } = chart;
    this.#lines.forEach((line, index) => {
      const ticker = lines[index] ?? "";
      const prices = history.pricesOf(ticker);
      this.#put(line.series, history.times, prices, first);
      line.name.show(this.writing.endName(ticker), prices.at(-1) ?? null);
    });
    const beliefs = chart.isWhole ? history.beliefs : [];
    if (this.#band) {
      const { median, low, high, shade } = this.#band;
      const medians = beliefs.map((belief) => belief?.median ?? null);
      this.#put(median.series, history.times, medians, first);
      this.#put(low, history.times, beliefs.map((belief) => belief?.low.value ?? null), first);
      this.#put(high, history.times, beliefs.map((belief) => belief?.high.value ?? null), first);
      const last = medians.at(-1) ?? null;
      median.name.show(last === null ? "" : `median ${this.writing.strike(last)}`, last);
      shade.beliefs = beliefs;
    }
    this.#drawnToMs = history.times.at(-1) ?? 0;
    const spans = shades(chart.gaps, history.fromMs, history.toMs).map(({ fromMs, toMs }) => ({
      from: (fromMs - history.fromMs) / history.stepMs,
      to: (toMs - history.fromMs) / history.stepMs,
    }));
    for (const shade of this.#shades) shade.spans = spans;
  }

  /** Takes the colours of the theme that is shown now. */
  recolour(): void {
    const colour = coloursOf(this.host);
    const [behind = ""] = tokensOf(this.host, ["--panel"]);
    const own = tokensOf(this.host, LINE_LOOKS.map((look) => look.token));
    this.#chart.applyOptions(themed(this.host, colour));
    const paint = (line: Line, token: string): void => {
      line.series.applyOptions({ color: token });
      Object.assign(line.name, { colour: token, behind });
    };
    this.#lines.forEach((line, index) => paint(line, own[index] ?? colour.ink));
    if (this.#band) {
      paint(this.#band.median, colour.ink);
      for (const edge of [this.#band.low, this.#band.high]) edge.applyOptions({ color: colour.text });
      this.#band.shade.colour = colour.ink;
    }
    for (const shade of this.#shades) shade.colour = colour.warn;
  }

  destroy(): void {
    this.#chart.remove();
  }

  #named(options: LineSeriesPartialOptions, pane: number): Line {
    const series = this.#chart.addSeries(LineSeries, options, pane);
    const name = new EndName(series);
    series.attachPrimitive(name);
    return { series, name };
  }

  #put(series: ISeriesApi<"Line">, times: readonly number[], values: readonly (number | null)[], first: number): void {
    const at = (step: number) => pointOf(times[step] ?? 0, values[step] ?? null);
    if (first < times.length - 3) {
      series.setData(times.map((_, step) => at(step)));
      return;
    }
    for (let step = first; step < times.length; step += 1) {
      series.update(at(step), (times[step] ?? 0) < this.#drawnToMs);
    }
  }
}
