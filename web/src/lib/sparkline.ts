// Small step lines on canvas: drawn only when on screen and changed, once a frame.

const DENSITY_MAX = 2; // Beyond two device pixels a pixel nobody sees a difference.
const MARGIN_PX = 3;
/** Five cents: a price that moves by less draws no mountains. */
export const PRICE_RANGE_MIN = 500;

/** One value a step; null before the first. */
export type Points = readonly (number | null)[];

/** Keeps the canvases of one page: which are on screen, which must be drawn anew. */
export class SparklinePainter {
  readonly #lines = new Map<HTMLCanvasElement, { points: Points; floor: number }>();
  readonly #visible = new Set<HTMLCanvasElement>();
  readonly #changed = new Set<HTMLCanvasElement>();
  readonly #watch: IntersectionObserver;
  #frame = 0;

  constructor() {
    this.#watch = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) this.#visible.add(target as HTMLCanvasElement);
        else this.#visible.delete(target as HTMLCanvasElement);
      }
      this.#schedule();
    });
  }

  /** Shows `points` on `canvas` from now on, in the canvas's own text colour, over a range
   * of at least `floor`. */
  show(canvas: HTMLCanvasElement, points: Points, floor: number): void {
    if (!this.#lines.has(canvas)) this.#watch.observe(canvas);
    this.#lines.set(canvas, { points, floor });
    this.#changed.add(canvas);
    this.#schedule();
  }

  forget(canvas: HTMLCanvasElement): void {
    this.#watch.unobserve(canvas);
    this.#lines.delete(canvas);
    this.#visible.delete(canvas);
    this.#changed.delete(canvas);
  }

  /** Draws everything anew: the colours or the density have changed. */
  repaint(): void {
    for (const canvas of this.#lines.keys()) this.#changed.add(canvas);
    this.#schedule();
  }

  #schedule(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      for (const canvas of this.#changed) {
        const line = this.#lines.get(canvas);
        if (!line || !this.#visible.has(canvas)) continue;
        this.#changed.delete(canvas);
        draw(canvas, line.points, line.floor);
      }
    });
  }
}

function draw(canvas: HTMLCanvasElement, points: Points, floor: number): void {
  const density = Math.min(DENSITY_MAX, devicePixelRatio || 1);
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  const pen = canvas.getContext("2d");
  if (!pen || !width || !height) return;
  if (canvas.width !== Math.round(width * density)) canvas.width = Math.round(width * density);
  if (canvas.height !== Math.round(height * density)) canvas.height = Math.round(height * density);
  pen.setTransform(density, 0, 0, density, 0, 0);
  pen.clearRect(0, 0, width, height);

  const known = points.filter((point): point is number => typeof point === "number");
  if (!known.length) return;
  const [low, range] = rangeOf(known, floor);
  const stepX = (width - 2 * MARGIN_PX) / Math.max(1, points.length - 1);
  const y = (point: number): number =>
    range ? height - MARGIN_PX - ((point - low) / range) * (height - 2 * MARGIN_PX) : height / 2;

  // A step line: the price holds until the next trade.
  const path = new Path2D();
  let startX = -1;
  let last = 0;
  points.forEach((point, index) => {
    if (typeof point !== "number") return;
    const x = MARGIN_PX + index * stepX;
    if (startX < 0) path.moveTo((startX = x), y(point));
    else path.lineTo(x, y(last)), path.lineTo(x, y(point));
    last = point;
  });
  const endX = MARGIN_PX + (points.length - 1) * stepX;
  path.lineTo(endX, y(last));

  const colour = getComputedStyle(canvas).color;
  const area = new Path2D(path);
  area.lineTo(endX, height);
  area.lineTo(startX, height);
  pen.fillStyle = colour;
  pen.globalAlpha = 0.1;
  pen.fill(area);
  pen.globalAlpha = 1;
  pen.strokeStyle = colour;
  pen.lineWidth = 1.25;
  pen.lineJoin = "round";
  pen.stroke(path);
  pen.beginPath();
  pen.arc(endX, y(last), 2, 0, 2 * Math.PI);
  pen.fill();
}

/** Least value and span of a drawing: of `values`, but never less than `floor`, which lies
 * evenly around them. */
export function rangeOf(values: readonly number[], floor: number): [low: number, range: number] {
  const low = Math.min(...values);
  const range = Math.max(...values) - low;
  return range >= floor ? [low, range] : [low - (floor - range) / 2, floor];
}
