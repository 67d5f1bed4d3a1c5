// @ts-check
// What stands around every chart: the library that draws, the figure with its text and buttons.

import { button, h } from "./dom.js";
import { t } from "./language.js";

/** @type {Promise<any> | null} */
let loaded = null;

/** The library that draws: a script of the older kind, fetched when the first chart is shown. */
export function library() {
  loaded ??= new Promise((done, failed) => {
    document.head.append(h("link", { rel: "stylesheet", href: "/assets/uPlot.min.css" }));
    const broken = () => failed(new Error(t("picture.failed")));
    document.head.append(
      h("script", {
        src: "/assets/uPlot.iife.min.js",
        onload: () => done(/** @type {any} */ (window).uPlot),
        onerror: broken,
      }),
    );
  });
  return loaded;
}

/**
 * A figure around a chart: what stands for it where it cannot be seen, and its buttons.
 * @param {{title: string, text: string, tools?: import("./dom.js").Child[], note?: string}} options
 * @param {HTMLElement} canvas
 */
export function figure({ title, text, tools = [], note }, canvas) {
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${title}. ${text}`);
  return h(
    "div",
    { class: "report drawn" },
    h(
      "figure",
      { class: "chart" },
      canvas,
      note ? h("figcaption", null, h("span", null, note)) : null,
      tools.length ? h("div", { class: "tools" }, tools) : null,
    ),
  );
}

/**
 * The buttons that move what is shown; a mouse can drag instead.
 * @param {(grow: number, shift: number) => void} move
 * @returns {HTMLElement[]}
 */
export function moves(move) {
  /** @type {["picture.in" | "picture.out" | "picture.earlier" | "picture.later" | "picture.all", number, number][]} */
  const all = [
    ["picture.in", 0.5, 0],
    ["picture.out", 2, 0],
    ["picture.earlier", 1, -0.5],
    ["picture.later", 1, 0.5],
    ["picture.all", Infinity, 0],
  ];
  return all.map(([key, grow, shift]) =>
    button(t(key), () => move(grow, shift), { class: "small", title: t("picture.zoom") }),
  );
}

/** @param {string} title */
export const fileName = (title) => `${title.replace(/[^\p{L}\p{N}.-]+/gu, "-").replace(/^-|-$/g, "")}.png`;
