// @ts-check
// What stands around every view: the header with its ways and switches, messages for screen readers, dialogs.

import { button, fill, h, newId } from "./dom.js";
import { language, speak, t } from "./language.js";

const THEME = "gatecast-theme";
/** @typedef {"system" | "light" | "dark"} Theme */

/** @returns {Theme} */
function keptTheme() {
  const kept = localStorage.getItem(THEME);
  return kept === "light" || kept === "dark" ? kept : "system";
}

/** @param {Theme} theme */
export function wear(theme) {
  if (theme === "system") localStorage.removeItem(THEME);
  else localStorage.setItem(THEME, theme);
  applyTheme();
}

/** Sets the theme that was chosen; charts are told, since they draw with its colours. */
export function applyTheme() {
  const theme = keptTheme();
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.dispatchEvent(new Event("gatecast-theme"));
}

const spoken = h("div", { class: "sr-only", role: "status", "aria-live": "polite" });

/**
 * Has a screen reader say something.
 * @param {string} text
 */
export function announce(text) {
  spoken.textContent = "";
  requestAnimationFrame(() => {
    spoken.textContent = text;
  });
}

/** The frame of the page; called again when the language changes.
 * @param {HTMLElement} main
 * @param {() => unknown} rerender
 */
export function frame(main, rerender) {
  main.id = "main";
  const skip = h("a", { class: "skip", href: "#main" }, t("skip"));
  skip.addEventListener("click", (event) => {
    event.preventDefault();
    const heading = main.querySelector("h1") ?? main;
    heading.setAttribute("tabindex", "-1");
    heading.focus();
  });
  const header = h(
    "header",
    { class: "top" },
    h("a", { class: "brand", href: `${start()}#/` }, mark(), h("span", null, "Gatecast")),
    h("nav", { "aria-label": t("nav") }, ways()),
    h("div", { class: "switches" }, themeSwitch(), languageSwitch(main, rerender)),
  );
  fill(document.body, skip, header, main, h("footer", { class: "foot" }, h("p", null, t("foot"))), spoken);
  here();
}

/** The sign beside the name: a line, and what it fans out into. */
function mark() {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "mark");
  for (const [kind, d] of [
    ["fan", "M15 10l7-5v11z"],
    ["line", "M2 17l5-7 4 4 4-4"],
  ]) {
    const path = document.createElementNS(space, "path");
    path.setAttribute("class", kind);
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/** What stands before the # of a link: nothing on the page itself. */
const start = () => (location.pathname === "/api" ? "/" : "");

function ways() {
  /** @type {[string, string][]} */
  const all = [
    [`${start()}#/`, t("nav.start")],
    [`${start()}#/runs`, t("nav.runs")],
    [`${start()}#/models`, t("nav.models")],
    ["/api", t("nav.api")],
  ];
  return h(
    "ul",
    null,
    all.map(([href, text]) => h("li", null, h("a", { href }, text))),
  );
}

/** Marks where one is. */
export function here() {
  const path = location.pathname === "/api" ? "/api" : `#/${location.hash.slice(2).split(/[/?]/)[0]}`;
  const at = path === "#/files" ? "#/" : path;
  for (const link of document.querySelectorAll(".top nav a")) {
    if (link.getAttribute("href") === at) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function themeSwitch() {
  const select = h("select", { "aria-label": t("theme") }, [
    h("option", { value: "system" }, t("theme.system")),
    h("option", { value: "light" }, t("theme.light")),
    h("option", { value: "dark" }, t("theme.dark")),
  ]);
  select.value = keptTheme();
  select.addEventListener("change", () => wear(/** @type {Theme} */ (select.value)));
  return select;
}

/**
 * @param {HTMLElement} main
 * @param {() => unknown} rerender
 */
function languageSwitch(main, rerender) {
  const other = language() === "en" ? "zh-Hant" : "en";
  const name = other === "en" ? "English" : "繁體中文";
  const change = async () => {
    await speak(other, true);
    frame(main, rerender);
    await rerender();
    /** @type {HTMLElement | null} */ (document.querySelector(".language"))?.focus();
  };
  return button(name, change, { class: "quiet language", lang: other });
}

/**
 * A dialog that answers with a value, or null where it was closed.
 * @param {string} title
 * @param {(Node | string)[]} content
 * @param {string} action what its button says
 * @param {() => string} value
 * @param {string} [kind] of the button
 * @returns {Promise<string | null>}
 */
export function ask(title, content, action, value, kind = "primary") {
  return new Promise((answer) => {
    const id = newId("title");
    const form = h("form", { method: "dialog" }, [
      h("h2", { id }, title),
      ...content,
      h("div", { class: "actions" }, [
        h("button", { type: "submit", class: kind, value: "yes" }, action),
        h("button", { type: "submit", class: "quiet", value: "", formnovalidate: true }, t("cancel")),
      ]),
    ]);
    const dialog = h("dialog", { "aria-labelledby": id }, form);
    dialog.addEventListener("close", () => {
      answer(dialog.returnValue === "yes" ? value() : null);
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/**
 * Whether a person is sure.
 * @param {string} title
 * @param {string} text
 * @param {string} action
 */
export async function sure(title, text, action) {
  return (await ask(title, [h("p", null, text)], action, () => "yes", "danger")) !== null;
}

/**
 * Asks for the token.
 * @param {boolean} wrong whether one was given that is not right
 */
export function askToken(wrong) {
  const id = newId("token");
  const input = h("input", { id, type: "password", autocomplete: "off", spellcheck: "false", required: true });
  const content = [
    h("p", null, wrong ? t("token.wrong") : t("token.why")),
    h("div", { class: "field" }, h("label", { for: id }, t("token")), input),
  ];
  return ask(t("token.title"), content, t("token.use"), () => input.value.trim());
}
