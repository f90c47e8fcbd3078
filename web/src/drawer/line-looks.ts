// How the lines of one chart differ: by colour, by dashes and by width, so that they do
// without colour, too. YES and NO have their own colours, and these lines are all of YES.

export interface LineLook {
  /** The token of its colour. */
  readonly token: string;
  readonly width: 1 | 2 | 3;
  readonly style: "solid" | "dashed" | "dotted";
}

export const LINE_LOOKS: readonly LineLook[] = [
  { token: "--member-1", width: 2, style: "solid" },
  { token: "--member-2", width: 2, style: "dashed" },
  { token: "--member-3", width: 2, style: "dotted" },
  { token: "--member-4", width: 1, style: "solid" },
  { token: "--member-5", width: 1, style: "dashed" },
  { token: "--member-6", width: 3, style: "dotted" },
];
