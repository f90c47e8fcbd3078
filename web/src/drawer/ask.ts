// Questions to the page's own server about what is open.

import { askServer } from "../lib/server";

/** `unknown`: the server has nothing of that name. `failed`: no answer that can be read. */
export type Answer<T> = T | "unknown" | "failed";

/** Asks for `path`; what comes after `signal` has fired is "failed". */
export async function ask<T>(path: string, read: (value: unknown) => T | null, signal: AbortSignal): Promise<Answer<T>> {
  const told = await askServer(path, signal);
  if (told === "absent") return "unknown";
  return told === "failed" ? told : (read(told) ?? "failed");
}
