// How this browser shows things: kept in it, read by formats and components. The one
// state that all pages' parts share, as every figure is written by it; a component that
// reads a figure follows by itself.

export const DENSITIES = ["compact", "comfortable"] as const;
export const TIME_ZONES = ["utc", "local", "exchange"] as const;
export const PRICE_UNITS = ["cents", "percent"] as const;
export const SOUNDS = ["off", "big", "middle", "all"] as const;

export interface Preferences {
  /** Height of a row. */
  density: (typeof DENSITIES)[number];
  /** Of every time that is shown. */
  timeZone: (typeof TIME_ZONES)[number];
  /** A price is a chance in percent, too. */
  priceUnit: (typeof PRICE_UNITS)[number];
  /** Which whale prints are heard. */
  sound: (typeof SOUNDS)[number];
  /** Whether whale prints are told by the desktop while the page is hidden. */
  notify: boolean;
}

export const USUAL: Preferences = {
  density: "compact",
  timeZone: "utc",
  priceUnit: "cents",
  sound: "off",
  notify: false,
};

const STORAGE_KEY = "flowboard.preferences";
const EXCHANGE_ZONE = "America/New_York";

export const preferences: Preferences = $state({ ...USUAL });

/** Returns the preferences in `text`; what is missing or unknown is as usual. */
export function readPreferences(text: string | null): Preferences {
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? "{}");
  } catch {
    kept = {};
  }
  const { density, timeZone, priceUnit, sound, notify } = (kept ?? {}) as Record<string, unknown>;
  return {
    density: DENSITIES.find((word) => word === density) ?? USUAL.density,
    timeZone: TIME_ZONES.find((word) => word === timeZone) ?? USUAL.timeZone,
    priceUnit: PRICE_UNITS.find((word) => word === priceUnit) ?? USUAL.priceUnit,
    sound: SOUNDS.find((word) => word === sound) ?? USUAL.sound,
    notify: typeof notify === "boolean" ? notify : USUAL.notify,
  };
}

/** Takes over what was kept. Call it once, before the first drawing. */
export function loadPreferences(): void {
  let text: string | null = null;
  try {
    text = localStorage.getItem(STORAGE_KEY);
  } catch {
    // Storage is off: everything is as usual.
  }
  Object.assign(preferences, readPreferences(text));
  showDensity();
}

/** Changes something, shows it, and keeps it. */
export function prefer(change: Partial<Preferences>): void {
  Object.assign(preferences, change);
  showDensity();
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(preferences));
  } catch {
    // Storage is off: the choice lasts as long as the page.
  }
}

/** The name of the zone for `Intl`; undefined: this computer's. */
export function zoneForIntl(): string | undefined {
  if (preferences.timeZone === "utc") return "UTC";
  return preferences.timeZone === "exchange" ? EXCHANGE_ZONE : undefined;
}

/** What stands beside a time: "UTC", "ET", or this computer's own short name. */
export function zoneName(): string {
  if (preferences.timeZone === "utc") return "UTC";
  if (preferences.timeZone === "exchange") return "ET";
  const parts = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" }).formatToParts();
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "local";
}

function showDensity(): void {
  document.documentElement.dataset["density"] = preferences.density;
}
