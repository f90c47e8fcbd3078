// The one way to what is fetched later.

export type Extras = typeof import("./extras");

export function extras(): Promise<Extras> {
  return import("./extras");
}
