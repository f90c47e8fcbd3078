// Time passed, for ages. Ages must never be told too small.

export interface Mark {
  readonly wallMs: number;
  readonly steadyMs: number;
}

export function mark(): Mark {
  return { wallMs: Date.now(), steadyMs: performance.now() };
}

/** Milliseconds from `since` to `until`: the larger of two clocks, since the steady one
 * may stand still while a laptop sleeps, and the wall clock may be set back. */
export function passedMs(since: Mark, until: Mark): number {
  return Math.max(0, until.wallMs - since.wallMs, until.steadyMs - since.steadyMs);
}
