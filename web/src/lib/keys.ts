// What each key does. Fetched at the first key that is pressed, or soon after the start.

import { prefer, preferences } from "./preferences.svelte";
import type { Keyboard } from "./keyboard.svelte";
import { WINDOWS } from "./messages";
import type { Router } from "./router";
import type { Session } from "./session.svelte";
import { summaryOf } from "./summary";
import { MINIMUMS } from "./view";

/** What a key works on. */
export interface Hands {
  readonly keyboard: Keyboard;
  readonly session: Session;
  readonly router: Router;
}

/** Does what `key` stands for, pressed while `target` had the focus. */
export function press(key: string, target: Element, { keyboard, session, router }: Hands): void {
  const { view } = session;
  const window = WINDOWS[Number(key) - 1];
  if (window) session.choose({ window });
  else if (key === " ") session.pause();
  else if (key === "j") step(1, target, router);
  else if (key === "k") step(-1, target, router);
  else if (key === "s") star(target, session, router);
  else if (key === "w") session.choose({ watch: !view.watch });
  else if (key === "y") session.choose({ side: "yes" });
  else if (key === "n") session.choose({ side: "no" });
  else if (key === "b") session.choose({ side: null });
  else if (key === "m") session.choose({ minimum: nextMinimum(view.minimum) });
  else if (key === "g") session.choose({ grouped: !view.grouped });
  else if (key === "t") keyboard.nextTheme();
  else if (key === "a") document.getElementById("settings")?.togglePopover();
  else if (key === "o") {
    prefer({ sound: preferences.sound === "off" ? "all" : "off" });
    keyboard.say(preferences.sound === "off" ? "Sound off." : "Sound on.");
  } else if (key === "c") void navigator.clipboard?.writeText(location.href).then(() => keyboard.say("Link copied."), () => undefined);
  else if (key === "R") keyboard.say(summaryOf(session.board, session.rows));
  else if (key === "?") keyboard.helpOpen = !keyboard.helpOpen;
}

function nextMinimum(least: number): number {
  return MINIMUMS[(MINIMUMS.findIndex((each) => each >= least) + 1) % MINIMUMS.length] ?? 0;
}

/** Moves the focus a row on; where something is open, to the next row and opens it. */
function step(by: 1 | -1, target: Element, router: Router): void {
  const openers = [...document.querySelectorAll<HTMLElement>("tr[data-ticker] .open")];
  const { place } = router;
  const open = place.kind === "market" ? place.ticker : null;
  const at = openers.findIndex((opener) => {
    const row = opener.closest<HTMLElement>("tr");
    return open === null ? row?.contains(target) : row?.dataset["ticker"] === open;
  });
  const next = openers[at < 0 ? (by > 0 ? 0 : openers.length - 1) : at + by];
  if (!next) return;
  const ticker = next.closest<HTMLElement>("tr")?.dataset["ticker"];
  if (open !== null && ticker) router.openMarket(ticker, true);
  next.focus({ preventScroll: true });
  next.closest("tr")?.scrollIntoView({ block: "nearest" });
}

function star(target: Element, session: Session, router: Router): void {
  const { place } = router;
  const ticker = target.closest<HTMLElement>("tr[data-ticker]")?.dataset["ticker"] ?? (place.kind === "market" ? place.ticker : null);
  if (ticker) session.star(ticker);
}
