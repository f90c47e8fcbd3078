// Views that this browser keeps under a name.

import { keep, listIn } from "./kept";

const VIEWS_KEY = "flowboard-views";
const VIEWS_MAX = 20;
const NAME_CHARS_MAX = 40;
const SEARCH_CHARS_MAX = 2_000;

export interface SavedView {
  readonly name: string;
  /** The view's part of the address. */
  readonly search: string;
}

export function keptViews(): SavedView[] {
  return listIn(VIEWS_KEY).filter(isView).slice(0, VIEWS_MAX);
}

/** Returns `views` with one of that name, new or replaced; keeps them. */
export function saveView(views: readonly SavedView[], name: string, search: string): SavedView[] {
  const named = name.trim().slice(0, NAME_CHARS_MAX);
  if (!named) return [...views];
  const next = [...views.filter((view) => view.name !== named), { name: named, search }].slice(-VIEWS_MAX);
  keep(VIEWS_KEY, next);
  return next;
}

export function dropView(views: readonly SavedView[], name: string): SavedView[] {
  const next = views.filter((view) => view.name !== name);
  keep(VIEWS_KEY, next);
  return next;
}

function isView(value: unknown): value is SavedView {
  if (typeof value !== "object" || value === null) return false;
  const { name, search } = value as Partial<SavedView>;
  return (
    typeof name === "string" && name.length > 0 && name.length <= NAME_CHARS_MAX &&
    typeof search === "string" && search.length <= SEARCH_CHARS_MAX
  );
}
