// @ts-check
// How a file is read where its content leaves it open: the flags of the command line, as a form.

import { h, newId } from "./dom.js";
import { descriptions, framed } from "./fields.js";
import { known, t } from "./language.js";

/** @typedef {import("./contract.js").Reading} Reading */
/** @typedef {keyof Reading} Key */

/** What can be chosen; the others are texts. @type {[Key, string[] | null][]} */
const FIELDS = [
  ["dates", ["ymd", "mdy", "dmy", "yymmdd", "roc"]],
  ["decimal", ["point", "comma"]],
  ["time", null],
  ["id", null],
  ["timezone", null],
  ["fill", ["previous", "linear", "zero"]],
  ["adjust", ["splits", "dividends"]],
  ["format", ["csv", "twse", "tpex", "yahoo", "yfinance", "stooq", "alpha-vantage", "parquet", "arrow"]],
];

/**
 * @param {Reading} now
 * @param {(reading: Reading) => unknown} read
 * @param {boolean} [open]
 */
export function readingForm(now, read, open = false) {
  const fields = FIELDS.map(([key, choices]) => fieldOf(key, choices, now[key] ?? ""));
  const chosen = () => {
    const pairs = fields.map(({ key, value }) => /** @type {[Key, string]} */ ([key, value()]));
    return /** @type {Reading} */ (Object.fromEntries(pairs.filter(([, value]) => value)));
  };
  return h(
    "details",
    { class: "group", open: open || fields.some(({ value }) => value()) },
    h("summary", null, t("reading.title")),
    h(
      "form",
      {
        novalidate: true,
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          read(chosen());
        },
      },
      h("p", { class: "muted" }, t("reading.why")),
      h(
        "div",
        { class: "fields" },
        fields.map(({ node }) => node),
      ),
      h("div", { class: "actions" }, h("button", { type: "submit" }, t("reading.again"))),
    ),
  );
}

/**
 * @param {Key} key
 * @param {string[] | null} choices
 * @param {string} value
 */
function fieldOf(key, choices, value) {
  const id = newId(key);
  const props = { id, "aria-describedby": descriptions(id) };
  const control = choices
    ? h(
        "select",
        props,
        ["", ...choices].map((one) => h("option", { value: one, selected: one === value }, nameOf(key, one))),
      )
    : h("input", { ...props, type: "text", value, autocomplete: "off", spellcheck: "false" });
  const { node } = framed(
    id,
    { node: control },
    t(/** @type {"reading.dates"} */ (`reading.${key}`)),
    t(/** @type {"reading.datesHelp"} */ (`reading.${key}Help`)),
  );
  return { key, node, value: () => control.value.trim() };
}

/**
 * @param {Key} key
 * @param {string} value
 */
function nameOf(key, value) {
  if (!value) return t(key === "fill" || key === "adjust" ? "reading.none" : "reading.itself");
  return known(`${key === "format" ? "source" : key}.${value}`) ?? value;
}
