import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CONNECT_MAX_MS, RETRY_MAX_MS, SILENCE_GIVE_UP_MS, SILENCE_STALE_MS, Stream, type Connection } from "./stream";
import type { Frame } from "./messages";

class FakeSocket {
  readyState = 0;
  sent: string[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;

  constructor(readonly url: string) {}

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  say(frame: object | string): void {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.closed = true;
    this.readyState = 3;
  }
}

const SNAPSHOT = { type: "snapshot", v: 1, epoch: "e1", offset: 5 };

function delta(offset: number): object {
  return { type: "delta", offset };
}

let sockets: FakeSocket[];
let frames: Frame[];
let connections: Connection[];
let stream: Stream;

const latest = (): FakeSocket => sockets.at(-1) as FakeSocket;
const phases = (): string[] => connections.map((each) => each.phase);

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  frames = [];
  connections = [];
  stream = new Stream(
    () => `ws://board/${sockets.length}`,
    { onFrame: (frame) => frames.push(frame), onConnection: (now) => connections.push(now) },
    {
      open: (url) => {
        sockets.push(new FakeSocket(url));
        return latest() as unknown as WebSocket;
      },
      random: () => 0.5,
    },
  );
  stream.start();
});

afterEach(() => {
  stream.stop();
  vi.useRealTimers();
});

describe("a stream", () => {
  it("is open once the board is there, not before", () => {
    latest().open();
    expect(phases()).toEqual(["connecting"]);
    latest().say(SNAPSHOT);
    expect(phases()).toEqual(["connecting", "open"]);
    expect(frames).toHaveLength(1);
  });

  it("reads over what is no frame", () => {
    latest().open();
    for (const text of ["", "{", "null", "[]", '{"type":"later"}']) latest().say(text);
    expect(frames).toEqual([]);
  });

  it("waits 1, 2, 4 .. 30 s with jitter between tries, and asks for its address each time", () => {
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      latest().onclose?.();
      const last = connections.at(-1);
      if (last?.phase !== "waiting") throw new Error("not waiting");
      waits.push(last.waitMs);
      vi.advanceTimersByTime(last.waitMs);
    }
    expect(waits).toEqual([1.1, 2.2, 4.4, 8.8, 17.6, 33, 33, 33].map((s) => s * 1000));
    expect(waits.at(-1)).toBeLessThanOrEqual(RETRY_MAX_MS * 1.2);
    expect(latest().url).toBe("ws://board/8");
  });

  it("goes on waiting longer when it is refused after the handshake", () => {
    for (const expected of [1100, 2200]) {
      latest().open();
      latest().say({ type: "error", code: "bad_parameter", message: "no" });
      latest().onclose?.();
      expect(connections.at(-1)).toMatchObject({ phase: "waiting", waitMs: expected });
      vi.advanceTimersByTime(expected);
    }
  });

  it("starts again at 1 s after a board was seen", () => {
    latest().onclose?.();
    vi.advanceTimersByTime(1100);
    latest().open();
    latest().say(SNAPSHOT);
    latest().onclose?.();
    expect(connections.at(-1)).toMatchObject({ phase: "waiting", waitMs: 1100 });
  });

  it("tries at once when told to, and only once", () => {
    latest().onclose?.();
    stream.start();
    vi.advanceTimersByTime(2000);
    expect(sockets).toHaveLength(2);
  });

  it("tells silence, hears its end, and gives up a socket that stays silent", () => {
    latest().open();
    latest().say(SNAPSHOT);
    vi.advanceTimersByTime(SILENCE_STALE_MS);
    expect(phases().at(-1)).toBe("silent");
    latest().say({ type: "heartbeat", offset: 0 });
    expect(phases().at(-1)).toBe("open");
    vi.advanceTimersByTime(SILENCE_GIVE_UP_MS);
    expect(phases().slice(-2)).toEqual(["silent", "waiting"]);
    expect(latest().closed).toBe(true);
  });

  it("gives up a socket that never opens", () => {
    vi.advanceTimersByTime(CONNECT_MAX_MS);
    expect(phases()).toEqual(["connecting", "waiting"]);
    expect(latest().closed).toBe(true);
  });

  it("sends only through an open socket", () => {
    expect(stream.send({ type: "get_snapshot" })).toBe(false);
    latest().open();
    expect(stream.send({ type: "get_snapshot" })).toBe(true);
    expect(latest().sent).toEqual(['{"type":"get_snapshot"}']);
  });

  it("asks to go on after the last delta that it had", () => {
    latest().open();
    for (const frame of [SNAPSHOT, delta(6), delta(7), { type: "heartbeat", offset: 7 }]) latest().say(frame);
    latest().onclose?.();
    vi.advanceTimersByTime(1100);
    expect(latest().url).toBe("ws://board/1?since=e1:7");
  });

  it("does not go on from behind a hole, nor from a delta without a snapshot", () => {
    latest().open();
    latest().say(delta(1));
    expect(stream.since).toBeNull();
    for (const frame of [SNAPSHOT, delta(7), delta(5)]) latest().say(frame);
    expect(stream.since).toBe("e1:5");
  });

  it("is open again once it has resumed, and starts again at 1 s", () => {
    latest().open();
    latest().say(SNAPSHOT);
    for (const _ of [1, 2]) {
      latest().onclose?.();
      expect(connections.at(-1)).toMatchObject({ phase: "waiting", waitMs: 1100 });
      vi.advanceTimersByTime(1100);
      latest().open();
      latest().say({ type: "resumed", epoch: "e1", offset: 5, recovered: true });
      expect(phases().at(-1)).toBe("open");
    }
    latest().say(delta(6));
    expect(stream.since).toBe("e1:6");
  });

  it("goes on from the new stream where the old place was lost", () => {
    latest().open();
    latest().say(SNAPSHOT);
    latest().say({ ...SNAPSHOT, epoch: "e2", offset: 0, recovered: false });
    expect(stream.since).toBe("e2:0");
  });

  it("begins anew once told to: another subscription has other deltas", () => {
    latest().open();
    latest().say(SNAPSHOT);
    stream.forget();
    latest().say(delta(6));
    latest().onclose?.();
    vi.advanceTimersByTime(1100);
    expect(latest().url).toBe("ws://board/1");
  });

  it("puts the place beside what the address asks for", () => {
    const asking = new Stream(
      () => "ws://board/ws/stream?window=1h",
      { onFrame: () => undefined, onConnection: () => undefined },
      {
        open: (url) => {
          sockets.push(new FakeSocket(url));
          return latest() as unknown as WebSocket;
        },
        random: () => 0,
      },
    );
    asking.start();
    latest().say(SNAPSHOT);
    latest().onclose?.();
    vi.advanceTimersByTime(1000);
    expect(latest().url).toBe("ws://board/ws/stream?window=1h&since=e1:5");
    asking.stop();
  });

  it("stays away after stop", () => {
    stream.stop();
    vi.advanceTimersByTime(120_000);
    expect(sockets).toHaveLength(1);
    expect(latest().closed).toBe(true);
  });
});
