// Which keys mean something, and when: not while somebody types, and not at all for those
// whose speech software types single keys. What they do is fetched apart.

import { keepKeysOff, keptKeysOff } from "./kept";
import type { Hands } from "./keys";
import { extras, type Extras } from "./later";
import type { Router } from "./router";
import type { Session } from "./session.svelte";
import { keptTheme, showTheme, THEMES } from "./theme";

const SAID_MS = 10_000;
const MEANT = "12345/ jkswynbmgtaocR?";
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
  #press: Extras["press"] | null = null;

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
    // For a moment the focus stays in a dialogue that is closed already.
    const seen = event.target instanceof Element && event.target.checkVisibility();
    const target = seen ? (event.target as Element) : document.body;
    if (event.defaultPrevented || event.altKey) return;
    if (event.key === "k" && (event.metaKey || event.ctrlKey)) {
      event.preventDefault();
      this.searches += 1;
      return;
    }
    if (this.off || event.metaKey || event.ctrlKey || target.closest(TYPED_IN)) return;
    if (target.closest("dialog, [popover]") && event.key !== "?") return;
    if (event.key === " " && target.closest(PRESSED_BY_SPACE)) return;
    if (event.key.length !== 1 || !MEANT.includes(event.key)) return;
    event.preventDefault();
    // At once, as the next key may be typed into what this one opens.
    if (event.key === "/") this.searches += 1;
    else if (this.#press) this.#press(event.key, target, this.#hands());
    else void this.#pressLater(event.key);
  }

  /** What keys do is not here yet: by then the focus may be elsewhere. */
  async #pressLater(key: string): Promise<void> {
    const { press } = await extras();
    this.#press = press;
    press(key, document.activeElement ?? document.body, this.#hands());
  }

  #hands(): Hands {
    return { keyboard: this, session: this.session, router: this.router };
  }

  /** Says something once: what stands there is gone before the feed's state is told next. */
  say(said: string): void {
    this.said = said;
    setTimeout(() => {
      if (this.said === said) this.said = "";
    }, SAID_MS);
  }
}
