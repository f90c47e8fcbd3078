// How the page is built: /index.html beside /assets/*, nothing inline, nothing fetched
// from elsewhere. The build hook copies dist/ into the Python package.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

// `npm run dev` serves the page; a running `flowboard demo` serves the data.
const SERVER = loadEnv("", ".", "FLOWBOARD_")["FLOWBOARD_URL"] ?? "http://127.0.0.1:8000";

const SHARED = /node_modules[\\/]svelte[\\/]|src[\\/]lib[\\/](format|messages|preferences)/;

export default defineConfig({
  base: "/",
  plugins: [svelte()],
  build: {
    outDir: "dist",
    assetsDir: "assets",
    emptyOutDir: true,
    // The Content-Security-Policy allows no inline script; one chunk needs no preload.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // What the first board shares with what comes later, in one piece: small ones compress badly.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "base", test: SHARED }] } } },
    license: { fileName: "assets/LICENSES.md" },
  },
  server: {
    proxy: {
      "/ws": { target: SERVER, ws: true, changeOrigin: true },
      "/api": { target: SERVER, changeOrigin: true },
      "/health": { target: SERVER, changeOrigin: true },
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
