// @ts-check
// Starts the page and shows the view that the address names.

import { onTokenNeeded, Problem, takeToken } from "./api.js";
import { fill, h } from "./dom.js";
import { preferredLanguage, speak, t } from "./language.js";
import { heading, problemBox } from "./parts.js";
import { announce, applyTheme, askToken, frame, here } from "./shell.js";

/** @typedef {import("./parts.js").View} View */
/** @typedef {{show: (parts: string[], signal: AbortSignal, query: URLSearchParams) => Promise<View>}} Module */

/** @type {[RegExp, () => Promise<Module>][]} */
const routes = [
  [/^\/?$/, () => import("./start.js")],
  [/^\/files\/([^/]+)$/, () => import("./file.js")],
  [/^\/files\/([^/]+)\/train$/, () => import("./setup.js")],
  [/^\/runs$/, () => import("./runs.js")],
  [/^\/runs\/([^/]+)$/, () => import("./run.js")],
  [/^\/models$/, () => import("./models.js")],
  [/^\/models\/([^/]+)$/, () => import("./model.js")],
];

const main = h("main");
let leave = new AbortController();

/**
 * Shows what the address names.
 * @param {boolean} move whether the focus goes to the heading
 */
async function route(move) {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const [path, query = ""] = location.hash.slice(1).split("?");
  here();
  main.setAttribute("aria-busy", "true");
  const slow = setTimeout(() => fill(main, heading(t("loading"))), 400);
  /** @type {View} */
  let view;
  try {
    const [parts, load] = match(path);
    const module = await load().catch(() => {
      throw new Problem(0, { detail: "" });
    });
    view = await module.show(parts, signal, new URLSearchParams(query));
  } catch (error) {
    if (signal.aborted) return;
    view = {
      title: t("problem"),
      nodes: [heading(t("problem")), problemBox(error), h("p", null, h("a", { href: "#/" }, t("back")))],
    };
  } finally {
    clearTimeout(slow);
  }
  if (signal.aborted) return;
  fill(main, view.nodes);
  main.removeAttribute("aria-busy");
  document.title = path === "/" || path === "" ? "Gatecast" : `${view.title} · Gatecast`;
  if (!move) return;
  scrollTo(0, 0);
  /** @type {HTMLElement | null} */ (main.querySelector("h1"))?.focus({ preventScroll: true });
  announce(view.title);
}

/**
 * @param {string} path
 * @returns {[string[], () => Promise<Module>]}
 */
function match(path) {
  for (const [pattern, load] of routes) {
    const found = pattern.exec(path);
    const parts = found?.slice(1).map(decoded);
    if (parts?.every((part) => part !== null)) return [parts, load];
  }
  throw new Error(t("lost"));
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

takeToken();
applyTheme();
onTokenNeeded(askToken);
await speak(preferredLanguage());
frame(main, () => route(false));
addEventListener("hashchange", () => {
  takeToken();
  void route(true);
});
// A file that is dropped beside the box must not replace the page.
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => event.preventDefault());
await route(false);
