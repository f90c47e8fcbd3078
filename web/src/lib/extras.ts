// All that the first board can do without, in one piece: fetched once the board stands, so
// that what is opened later opens while the server is away, too.

export { default as CoverageFigure } from "../components/CoverageFigure.svelte";
export { default as EventFlows } from "../components/EventFlows.svelte";
export { default as Help } from "../components/Help.svelte";
export { default as Nothing } from "../components/Nothing.svelte";
export { default as SearchList } from "../components/SearchList.svelte";
export { default as Truth } from "../components/Truth.svelte";
export { default as Views } from "../components/Views.svelte";
export { Asides } from "./asides.svelte";
export { press } from "./keys";
