import { describe, expect, it } from "vitest";
import { choiceFromSearch, searchForChoice, streamUrl } from "./address";

const PAGE = { protocol: "http:", host: "127.0.0.1:8000" };

describe("the address", () => {
  it("is read with defaults for what is missing or unknown", () => {
    expect(choiceFromSearch("")).toEqual({ window: "5m", sort: "notional" });
    expect(choiceFromSearch("?w=2m&sort=%3Cb%3E")).toEqual({ window: "5m", sort: "notional" });
    expect(choiceFromSearch("?w=15m&sort=heat")).toEqual({ window: "15m", sort: "heat" });
  });

  it("offers no sort by heat over 24h", () => {
    expect(choiceFromSearch("?w=24h&sort=heat")).toEqual({ window: "24h", sort: "notional" });
  });

  it("leaves out defaults and keeps what is not its own", () => {
    expect(searchForChoice({ window: "5m", sort: "notional" }, "?w=1m&x=1")).toBe("?x=1");
    expect(searchForChoice({ window: "1h", sort: "volume" }, "")).toBe("?w=1h&sort=volume");
    expect(searchForChoice({ window: "5m", sort: "notional" }, "?w=1m")).toBe("");
  });

  it("of the stream is on the page's own origin, bare for the default", () => {
    expect(streamUrl(PAGE, { window: "5m", sort: "notional" })).toBe("ws://127.0.0.1:8000/ws/stream");
    expect(streamUrl({ ...PAGE, protocol: "https:" }, { window: "1m", sort: "net_flow" })).toBe(
      "wss://127.0.0.1:8000/ws/stream?window=1m&sort=net_flow",
    );
  });
});
