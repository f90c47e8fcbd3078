// The keyboard map: one key, one deed. Off while somebody types, and as a whole for those
// whose speech software types single keys.

import { keepKeysOff, keptKeysOff } from "./kept";
import type { Router } from "./router";
import type { Session } from "./session.svelte";
import { keptTheme, showTheme, THEMES } from "./theme";
import { WINDOWS } from "./messages";
import { MINIMUMS } from "./view";

const SAID_MS = 10_000;
const TYPED_IN = "input, select, textarea, [contenteditable]";
const PRESSED_BY_SPACE = "button, a, summary, [role=option]";

export class Keyboard {
  /** Single keys are turned off. */
  off = $state.raw(keptKeysOff());
  helpOpen = $state(false);
  /** Asked for the search field: each press counts one up. */
  searches = $state(0);
  theme = $state.raw(keptTheme());
  /** What the live region says on demand. */
  said = $state("");

  constructor(
    private readonly session: Session,
    private readonly router: Router,
    private readonly repaint: () => void,
  ) {}

  turn(off: boolean): void {
    this.off = off;
    keepKeysOff(off);
  }

  nextTheme(): void {
    this.theme = THEMES[(THEMES.indexOf(this.theme) + 1) % THEMES.length] ?? "system";
    showTheme(this.theme);
    this.repaint();
  }

  /** Somebody else has changed it. */
  themeChanged(): void {
    this.theme = keptTheme();
    this.repaint();
  }

  pressed(event: KeyboardEvent): void {
    const target = event.target instanceof Element ? event.target : document.body;
    if (event.defaultPrevented || event.altKey) return;
    if (event.key === "k" && (event.metaKey || event.ctrlKey)) {
      event.preventDefault();
      this.searches += 1;
      return;
    }
    if (this.off || event.metaKey || event.ctrlKey || target.closest(TYPED_IN)) return;
    if (target.closest("dialog, [popover]") && event.key !== "?") return;
    if (event.key === " " && target.closest(PRESSED_BY_SPACE)) return;
    if (this.#does(event.key, target)) event.preventDefault();
  }

  /** Says something once: what stands there is gone before the feed's state is told next. */
  #say(said: string): void {
    this.said = said;
    setTimeout(() => {
      if (this.said === said) this.said = "";
    }, SAID_MS);
  }

  #does(key: string, target: Element): boolean {
    const { session } = this;
    const { view } = session;
    const window = WINDOWS[Number(key) - 1];
    if (window) session.choose({ window });
    else if (key === "/") this.searches += 1;
    else if (key === " ") session.pause();
    else if (key === "j") return this.#step(1, target);
    else if (key === "k") return this.#step(-1, target);
    else if (key === "s") return this.#star(target);
    else if (key === "w") session.choose({ watch: !view.watch });
    else if (key === "y") session.choose({ side: "yes" });
    else if (key === "n") session.choose({ side: "no" });
    else if (key === "b") session.choose({ side: null });
    else if (key === "m") session.choose({ minimum: MINIMUMS[(MINIMUMS.findIndex((least) => least >= view.minimum) + 1) % MINIMUMS.length] ?? 0 });
    else if (key === "g") session.choose({ grouped: !view.grouped });
    else if (key === "t") this.nextTheme();
    else if (key === "c") void navigator.clipboard?.writeText(location.href).then(() => this.#say("Link copied."), () => undefined);
    else if (key === "R") void import("./summary").then(({ summaryOf }) => this.#say(summaryOf(session.board, session.rows)));
    else if (key === "?") this.helpOpen = !this.helpOpen;
    else return false;
    return true;
  }

  /** Moves the focus a row on; where something is open, to the next row and opens it. */
  #step(by: 1 | -1, target: Element): boolean {
    const openers = [...document.querySelectorAll<HTMLElement>("tr[data-ticker] .open")];
    const { place } = this.router;
    const open = place.kind === "market" ? place.ticker : null;
    const at = openers.findIndex((opener) => {
      const row = opener.closest<HTMLElement>("tr");
      return open === null ? row?.contains(target) : row?.dataset["ticker"] === open;
    });
    const next = openers[at < 0 ? (by > 0 ? 0 : openers.length - 1) : at + by];
    if (!next) return false;
    const ticker = next.closest<HTMLElement>("tr")?.dataset["ticker"];
    if (open !== null && ticker) this.router.openMarket(ticker, true);
    next.focus({ preventScroll: true });
    next.closest("tr")?.scrollIntoView({ block: "nearest" });
    return true;
  }

  #star(target: Element): boolean {
    const { place } = this.router;
    const ticker = target.closest<HTMLElement>("tr[data-ticker]")?.dataset["ticker"] ?? (place.kind === "market" ? place.ticker : null);
    if (ticker) this.session.star(ticker);
    return ticker !== null;
  }
}
