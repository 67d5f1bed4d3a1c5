// What makes the HTML file of a report come alive: it reads the document that stands in the file, shows it in a language
// that can be changed, and lets colours be changed and the report be printed. What this file is not: the page of the web
// service, which has its own.

import { renderReport } from "./report.js";
import { word } from "./words.js";

const report = JSON.parse(document.getElementById("document")?.textContent ?? "{}");
const root = /** @type {HTMLElement} */ (document.getElementById("report"));
const toolbar = /** @type {HTMLElement} */ (document.getElementById("toolbar"));
const page = document.documentElement;
let takeAway = () => {};

function isDark() {
  const chosen = page.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** @param {string | undefined} theme */
function setTheme(theme) {
  if (theme) page.dataset.theme = theme;
  else delete page.dataset.theme;
  document.dispatchEvent(new Event("gatecast-theme"));
}

/** @param {string} text @param {() => void} press */
function tool(text, press) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.addEventListener("click", press);
  return button;
}

/** @param {import("./words.js").Language} language */
function show(language) {
  takeAway();
  page.lang = language;
  takeAway = renderReport(root, report, { language });
  document.title = root.querySelector("h1")?.textContent ?? "";
  const skip = document.querySelector(".skip");
  if (skip) skip.textContent = word(language, "skip");
  const other = language === "en" ? "zh-Hant" : "en";
  const translate = tool(word(language, "language"), () => {
    show(other);
    toolbar.querySelector("button")?.focus();
  });
  translate.lang = other;
  translate.title = word(language, "languageHint");
  const theme = tool(word(language, isDark() ? "light" : "dark"), () => {
    setTheme(isDark() ? "light" : "dark");
    theme.textContent = word(language, isDark() ? "light" : "dark");
  });
  toolbar.replaceChildren(translate, theme, tool(word(language, "print"), () => print()));
  toolbar.setAttribute("aria-label", word(language, "tools"));
  toolbar.hidden = false;
}

// Paper is white.
let before = page.dataset.theme;
addEventListener("beforeprint", () => {
  before = page.dataset.theme;
  setTheme("light");
});
addEventListener("afterprint", () => setTheme(before));
show(page.lang === "zh-Hant" ? "zh-Hant" : "en");
