// Questions to the page's own server. An address that an older server has not is asked
// for once; an answer that cannot be read is none.

const ANSWER_MAX_MS = 10_000;

/** `absent`: the server has no such address. */
export type Told = Record<string, unknown> | "absent" | "failed";

export async function askServer(path: string, signal?: AbortSignal): Promise<Told> {
  try {
    const limit = AbortSignal.timeout(ANSWER_MAX_MS);
    const answer = await fetch(path, { signal: signal ? AbortSignal.any([signal, limit]) : limit });
    if (answer.status === 404) return "absent";
    const value: unknown = answer.ok && (await answer.json());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : "failed";
  } catch {
    return "failed";
  }
}

/** The objects in the list `name` of an answer; none where there is no such list. */
export function objectsIn(told: Told, name: string): Record<string, unknown>[] {
  const list = typeof told === "object" ? told[name] : null;
  return Array.isArray(list) ? list.filter((each) => typeof each === "object" && each !== null) : [];
}

export function textIn(from: Record<string, unknown>, key: string): string {
  const value = from[key];
  return typeof value === "string" ? value : "";
}

export function numberIn(from: Record<string, unknown>, key: string): number {
  const value = from[key];
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
