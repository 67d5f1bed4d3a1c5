// @ts-check
// Parts that several views are made of: headings, problems, states, tables that sort and find.

import { Problem } from "./api.js";
import { button, fill, h, newId } from "./dom.js";
import { known, language, t } from "./language.js";

/** @typedef {import("./contract.js").Status} Status */
/** @typedef {import("./dom.js").Child} Child */
/** @typedef {{title: string, nodes: Child[]}} View */

/**
 * The head of a view.
 * @param {string} title
 * @param {{crumbs?: [string, string][], lead?: Child, actions?: Child[], state?: Child}} [more]
 */
export function heading(title, { crumbs = [], lead, actions = [], state } = {}) {
  const path = crumbs.length
    ? h(
        "nav",
        { class: "crumbs", "aria-label": t("crumbs") },
        h(
          "ol",
          null,
          crumbs.map(([href, text]) => h("li", null, h("a", { href }, text))),
        ),
      )
    : null;
  const text = h("h1", { tabindex: "-1" }, title);
  return h(
    "div",
    { class: "heading" },
    path,
    h(
      "div",
      { class: "heading-row" },
      h("div", { class: "heading-text" }, text, state),
      actions.length ? h("div", { class: "actions" }, actions) : null,
    ),
    lead ? h("p", { class: "lead" }, lead) : null,
  );
}

/**
 * A part of a view under its own heading.
 * @param {string} title
 * @param {...(Child | Child[])} children
 */
export function section(title, ...children) {
  const id = newId("section");
  return h("section", { "aria-labelledby": id }, h("h2", { id }, title), ...children);
}

/**
 * Words of the service, which speaks English and puts the names of settings into ‹›.
 * @param {string | null | undefined} text
 */
export function foreign(text) {
  return text ? h("span", language() === "en" ? null : { lang: "en" }, text.replace(/[‹›]/g, "")) : null;
}

/**
 * What went wrong: what was found, where, and what to do.
 * @param {unknown} error
 * @param {string} [title]
 */
export function problemBox(error, title) {
  const box = h("div", { class: "problem", role: "alert" });
  const document =
    error instanceof Problem ? error.document : { detail: error instanceof Error ? error.message : String(error) };
  const status = error instanceof Problem ? error.status : -1;
  fill(box, h("strong", null, title ?? known(`status.${status}`) ?? t("problem")), ...problemLines(document, status));
  return box;
}

/**
 * @param {import("./contract.js").ProblemDocument} document
 * @param {number} [status]
 */
export function problemLines(document, status = -1) {
  const detail = document.detail || (status === 0 ? "" : document.title || "");
  const place = [
    document.line ? t("problem.line", { n: String(document.line) }) : "",
    document.row ? t("problem.row", { n: String(document.row) }) : "",
    document.column ? t("problem.column", { name: document.column }) : "",
    document.setting ? t("problem.setting", { name: known(`setting.${document.setting}`) ?? document.setting }) : "",
  ].filter(Boolean);
  return [
    status === 0 ? h("p", null, t("problem.network")) : null,
    detail ? h("p", null, foreign(detail)) : null,
    place.length ? h("p", { class: "where" }, place.join(" · ")) : null,
    document.remedy
      ? h("p", { class: "remedy" }, h("b", null, t("problem.remedy")), " ", foreign(document.remedy))
      : null,
  ];
}

/** @param {Status} status */
export function badge(status) {
  return h("span", { class: `badge ${status}` }, t(`run.${status}`));
}

/**
 * What to do where there is nothing yet.
 * @param {string} text
 * @param {...Child} more
 */
export function empty(text, ...more) {
  return h("div", { class: "empty" }, h("p", null, text), ...more);
}

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} title
 * @property {(row: Row) => Child} cell
 * @property {boolean} [numeric]
 * @property {boolean} [head] whether it names the row
 * @property {(row: Row) => string | number | null | undefined} [by] what it sorts by
 * @property {boolean} [narrow] whether it is left out on a phone
 */

/**
 * A table. With `by` columns sort; with `find` a box above it finds; long ones show a part at first.
 * @template Row
 * @param {object} options
 * @param {string} options.caption
 * @param {boolean} [options.showCaption]
 * @param {Column<Row>[]} options.columns
 * @param {Row[]} options.rows
 * @param {(row: Row) => string} [options.find] the text to find in
 * @param {number} [options.first] rows that are shown at first
 * @param {(row: Row) => boolean} [options.chosen]
 */
export function table({ caption, showCaption = false, columns, rows, find, first = 100, chosen }) {
  let sorted = -1;
  let down = false;
  let shown = first;
  let sought = "";
  const head = h("tr");
  const body = h("tbody");
  const more = h("div", { class: "more" });
  const label = h("caption", showCaption ? null : { class: "sr-only" }, caption);
  const sheet = h("table", null, label, h("thead", null, head), body);
  const view = h("div", { class: "slide" }, sheet);
  // A region that scrolls must be reachable by keyboard, one that does not should not be a stop.
  if (typeof ResizeObserver !== "undefined") {
    new ResizeObserver(() => {
      const wide = view.scrollWidth > view.clientWidth + 1;
      for (const [name, value] of [
        ["tabindex", "0"],
        ["role", "region"],
        ["aria-label", t("table.region", { name: caption })],
      ]) {
        if (wide) view.setAttribute(name, value);
        else view.removeAttribute(name);
      }
    }).observe(view);
  }

  /** @param {Column<Row>} column @param {Child} [content] */
  const kind = (column, content) =>
    [
      column.numeric ? "num" : "",
      column.narrow ? "wide-only" : "",
      // A date stays in one line.
      typeof content === "string" && /^\d{4}-\d\d\S*$/.test(content) ? "nowrap" : "",
    ]
      .filter(Boolean)
      .join(" ") || null;

  const drawHead = () => {
    fill(
      head,
      columns.map((column, at) => {
        const state = at === sorted ? (down ? "descending" : "ascending") : null;
        const sort = () => {
          down = at === sorted ? !down : Boolean(column.numeric);
          sorted = at;
          draw();
          head.querySelectorAll("th")[at]?.querySelector("button")?.focus();
        };
        const title = column.by
          ? h("button", { type: "button", class: "sort", onclick: sort }, column.title)
          : column.title || h("span", { class: "sr-only" }, t("table.actions"));
        return h("th", { scope: "col", class: kind(column), "aria-sort": state }, title);
      }),
    );
  };
  const draw = () => {
    drawHead();
    const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
    let found = rows;
    if (find && words.length)
      found = rows.filter((row) => words.every((word) => find(row).toLowerCase().includes(word)));
    const by = columns[sorted]?.by;
    if (by) found = [...found].sort((a, b) => compare(by(a), by(b), down));
    fill(
      body,
      found.slice(0, shown).map((row) =>
        h(
          "tr",
          { class: chosen?.(row) ? "chosen" : null },
          columns.map((column) => {
            const content = column.cell(row);
            return column.head
              ? h("th", { scope: "row", class: kind(column, content) }, content)
              : h("td", { class: kind(column, content) }, content);
          }),
        ),
      ),
    );
    const left = found.length - shown;
    fill(
      more,
      found.length === 0 ? h("p", { class: "muted" }, t("table.none")) : null,
      left > 0
        ? button(
            t("table.more", { n: Math.min(left, first) }),
            () => {
              shown += first;
              draw();
            },
            { class: "quiet" },
          )
        : null,
      left > 0
        ? h("span", { class: "muted" }, t("table.of", { n: Math.min(shown, found.length), all: found.length }))
        : null,
    );
  };
  draw();
  if (!find || rows.length < 8) return { node: h("div", { class: "table" }, view, more), draw };
  const id = newId("find");
  const box = h("input", { id, type: "search", autocomplete: "off", spellcheck: "false" });
  box.addEventListener("input", () => {
    sought = box.value;
    shown = first;
    draw();
  });
  const finder = h("div", { class: "field finder" }, h("label", { for: id }, t("table.find")), box);
  return { node: h("div", { class: "table" }, finder, view, more), draw };
}

/**
 * @param {string | number | null | undefined} a
 * @param {string | number | null | undefined} b
 * @param {boolean} down
 */
function compare(a, b, down) {
  // What is not known stands last, whichever way.
  if (a === null || a === undefined) return b === null || b === undefined ? 0 : 1;
  if (b === null || b === undefined) return -1;
  const order =
    typeof a === "number" && typeof b === "number"
      ? a - b
      : String(a).localeCompare(String(b), undefined, { numeric: true });
  return down ? -order : order;
}
