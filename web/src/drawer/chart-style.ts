// What the charts share: times as the library has them, the page's colours for a canvas,
// and how a chart behaves.

import { ColorType, type ChartOptions, type DeepPartial, type Time, type UTCTimestamp } from "lightweight-charts";

/** How a chart writes times: in the page's own formats. */
export interface TimeWriting {
  time(ms: number): string;
  axisTime(ms: number, isDay: boolean): string;
}

/** Tick marks of a day or more: those of the library's kinds 0 to 2. */
const DAY_MARK_MAX = 2;

export function timeOf(ms: number): UTCTimestamp {
  return Math.floor(ms / 1000) as UTCTimestamp;
}

export function msOf(time: Time): number {
  return typeof time === "number" ? time * 1000 : 0;
}

/** Of a step: without a value the library leaves a hole. */
export function pointOf(ms: number, value: number | null) {
  const time = timeOf(ms);
  return value === null ? { time } : { time, value };
}

/** A chart moves by finger and pointer, never by the wheel: that scrolls what it stands in. */
export function behaviour(writing: TimeWriting): DeepPartial<ChartOptions> {
  return {
    autoSize: true,
    layout: { attributionLogo: false },
    handleScroll: { vertTouchDrag: false, mouseWheel: false },
    handleScale: { mouseWheel: false, axisPressedMouseMove: { time: true, price: false } },
    localization: { timeFormatter: (time: Time) => writing.time(msOf(time)) },
    // A label without room for the whole of it would be cut in half.
    rightPriceScale: { borderVisible: false, minimumWidth: 58, entireTextOnly: true },
    timeScale: {
      borderVisible: false,
      timeVisible: true,
      secondsVisible: false,
      // Room for the half of a time that stands at the end.
      rightOffsetPixels: 18,
      lockVisibleTimeRangeOnResize: true,
      tickMarkFormatter: (time: Time, kind: number) => writing.axisTime(msOf(time), kind <= DAY_MARK_MAX),
    },
  };
}

export type Colours = Record<"yes" | "no" | "ink" | "text" | "line" | "chip" | "warn", string>;

const TOKENS: Record<keyof Colours, string> = {
  yes: "--yes",
  no: "--no",
  ink: "--ink",
  text: "--ink-3",
  line: "--line",
  chip: "--ink-2",
  warn: "--warn",
};

/** The tokens as the browser works them out: a canvas knows no `light-dark()`. */
export function coloursOf(host: HTMLElement): Colours {
  const names = Object.keys(TOKENS) as (keyof Colours)[];
  const worked = tokensOf(host, names.map((name) => TOKENS[name]));
  return Object.fromEntries(names.map((name, index) => [name, worked[index] ?? ""])) as Colours;
}

export function tokensOf(host: HTMLElement, tokens: readonly string[]): string[] {
  const probe = document.createElement("span");
  probe.hidden = true;
  host.append(probe);
  const found = tokens.map((token) => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return found;
}

/** Text, grid and crosshair in the colours of the theme that is shown. */
export function themed(host: HTMLElement, colour: Colours): DeepPartial<ChartOptions> {
  const grid = { color: faded(colour.line, 0.55) };
  const cross = { color: colour.text, labelBackgroundColor: colour.chip };
  return {
    layout: {
      background: { type: ColorType.Solid, color: "transparent" },
      textColor: colour.text,
      fontFamily: getComputedStyle(host).fontFamily,
      fontSize: 11,
      panes: { separatorColor: colour.line, separatorHoverColor: colour.line, enableResize: false },
    },
    grid: { vertLines: grid, horzLines: grid },
    crosshair: { vertLine: cross, horzLine: cross },
  };
}

export function faded(rgb: string, alpha: number): string {
  const parts = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(rgb);
  return parts ? `rgba(${parts[1]}, ${parts[2]}, ${parts[3]}, ${alpha})` : rgb;
}
