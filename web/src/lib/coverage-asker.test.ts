import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ASK_EVERY_MS, ASK_GAP_MS, CoverageAsker, type Answer } from "./coverage-asker";

let asked = 0;
let reply: Answer = "failed";
let heard: Answer[] = [];

function asker(): CoverageAsker {
  const ask = (): Promise<Answer> => {
    asked += 1;
    return Promise.resolve(reply);
  };
  return new CoverageAsker((answer) => heard.push(answer), ask);
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = 0;
  reply = "failed";
  heard = [];
});
afterEach(() => vi.useRealTimers());

describe("the page asks for the coverage", () => {
  it("at load, and again after 30 s, whatever the answer", async () => {
    const it = asker();
    it.seen(true);

    await vi.advanceTimersByTimeAsync(ASK_EVERY_MS - 1);
    expect(asked).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toBe(2);
    expect(heard).toEqual(["failed", "failed"]);
    it.seen(false);
  });

  it("soon after a change, however many there are", async () => {
    const it = asker();
    it.seen(true);
    await vi.advanceTimersByTimeAsync(5_000);

    for (let n = 0; n < 50; n += 1) {
      it.changed(false);
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(asked).toBeLessThanOrEqual(3);
    await vi.advanceTimersByTimeAsync(ASK_GAP_MS);
    expect(asked).toBe(3);
    it.seen(false);
  });

  it("not while hidden, and at once on return if something has changed", async () => {
    const it = asker();
    it.seen(true);
    await vi.advanceTimersByTimeAsync(2_000);
    it.seen(false);
    it.changed(false);
    await vi.advanceTimersByTimeAsync(10 * ASK_EVERY_MS);
    expect(asked).toBe(1);

    it.seen(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toBe(2);
    it.seen(false);
  });

  it("one question at a time, with the change of meanwhile asked after", async () => {
    let answer: (value: Answer) => void = () => undefined;
    const it = new CoverageAsker(
      (value) => heard.push(value),
      () => new Promise((resolve) => ((asked += 1), (answer = resolve))),
    );
    it.seen(true);
    await vi.advanceTimersByTimeAsync(0);
    it.changed(false);
    await vi.advanceTimersByTimeAsync(ASK_EVERY_MS);
    expect(asked).toBe(1);

    answer("failed");
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toBe(2);
    it.seen(false);
  });

  it("no more of a server that has none, until there is another server", async () => {
    reply = "absent";
    const it = asker();
    it.seen(true);
    await vi.advanceTimersByTimeAsync(0);
    it.changed(false);
    await vi.advanceTimersByTimeAsync(10 * ASK_EVERY_MS);
    expect(asked).toBe(1);

    it.changed(true);
    await vi.advanceTimersByTimeAsync(ASK_GAP_MS);
    expect(asked).toBe(2);
    it.seen(false);
  });
});
