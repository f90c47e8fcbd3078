import { mount } from "svelte";
import App from "./App.svelte";
import "./app.css";
import { keptTheme, showTheme } from "./lib/theme";

showTheme(keptTheme());

const target = document.getElementById("page");
if (!target) throw new Error("index.html has no #page");
mount(App, { target });
