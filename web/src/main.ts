import { mount } from "svelte";
import App from "./App.svelte";
import "./app.css";
import { loadPreferences } from "./lib/preferences.svelte";
import { keptTheme, showTheme } from "./lib/theme";

showTheme(keptTheme());
loadPreferences();

const target = document.getElementById("page");
if (!target) throw new Error("index.html has no #page");
mount(App, { target });
