// Tells when the theme changes: a canvas does not take its colours from it by itself.

/** Calls `changed` after each change, until the returned function is called. */
export function watchTheme(changed: () => void): () => void {
  const theme = new MutationObserver(changed);
  theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const scheme = matchMedia("(prefers-color-scheme: light)");
  scheme.addEventListener("change", changed);
  return () => {
    theme.disconnect();
    scheme.removeEventListener("change", changed);
  };
}
