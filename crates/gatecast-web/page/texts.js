// @ts-check
// Models of texts: a box to classify sentences in, and one to translate them in.

import { post } from "./api.js";
import { fill, h, newId } from "./dom.js";
import { percent, t } from "./language.js";
import { problemBox, section, table } from "./parts.js";
import { announce } from "./shell.js";

/** @typedef {import("./contract.js").Model} Model */

/**
 * @param {Model} model
 * @param {AbortSignal} signal
 */
export function box(model, signal) {
  const classify = model.task === "classify";
  const id = newId("texts");
  const area = h("textarea", { id, rows: 4, required: true, "aria-describedby": `${id}-help` });
  const beam = h("input", { id: `${id}-beam`, type: "number", min: 1, max: 50, value: 5, inputmode: "numeric" });
  const place = h("div");
  const go = h("button", { type: "submit", class: "primary" }, t(classify ? "texts.classify" : "texts.translate"));
  const send = async () => {
    const texts = area.value
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
    if (!texts.length) {
      area.focus();
      return;
    }
    go.disabled = true;
    try {
      const body = classify ? { texts } : { texts, beam: Number(beam.value) || 5 };
      const answer = await post(
        `/v1/models/${encodeURIComponent(model.name)}/${classify ? "classify" : "translate"}`,
        body,
        signal,
      );
      fill(place, classify ? classes(texts, answer) : translations(texts, answer.translations));
      announce(t("done"));
    } catch (error) {
      if (!signal.aborted) fill(place, problemBox(error));
    }
    go.disabled = false;
  };
  const form = h(
    "form",
    {
      novalidate: true,
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        void send();
      },
    },
    h(
      "div",
      { class: "field" },
      h("label", { for: id }, t(classify ? "texts.toClassify" : "texts.toTranslate")),
      area,
      h("p", { class: "help", id: `${id}-help` }, t("texts.lines")),
    ),
    classify ? null : h("div", { class: "field short" }, h("label", { for: beam.id }, t("texts.beam")), beam),
    h("div", { class: "actions" }, go),
  );
  return section(t("model.use"), form, place);
}

/**
 * @param {string[]} texts
 * @param {{classes: string[], results: {label: string, probabilities: Record<string, number>}[]}} answer
 */
function classes(texts, answer) {
  const rows = answer.results.map((result, at) => ({ text: texts[at], ...result }));
  return table({
    caption: t("texts.results"),
    rows,
    columns: [
      { title: t("texts.text"), head: true, cell: (row) => row.text },
      { title: t("texts.label"), cell: (row) => h("strong", null, row.label) },
      ...answer.classes.map((name) => ({
        title: name,
        numeric: true,
        cell: (/** @type {typeof rows[0]} */ row) => percent(row.probabilities[name]),
      })),
    ],
  }).node;
}

/**
 * @param {string[]} texts
 * @param {(string | {text?: string, translation?: string})[]} translations
 */
function translations(texts, translations) {
  const rows = translations.map((one, at) => ({
    text: texts[at],
    translation: typeof one === "string" ? one : (one.translation ?? one.text ?? ""),
  }));
  return table({
    caption: t("texts.results"),
    rows,
    columns: [
      { title: t("texts.text"), head: true, cell: (row) => row.text },
      { title: t("texts.translation"), cell: (row) => row.translation },
    ],
  }).node;
}
