// @ts-check
// Every model that the service holds.

import { get } from "./api.js";
import { h } from "./dom.js";
import { bytes, number, percent, t, when } from "./language.js";
import { empty, heading, table } from "./parts.js";

/** @typedef {import("./contract.js").Model} Model */

/**
 * @param {string[]} _parts
 * @param {AbortSignal} signal
 * @returns {Promise<import("./parts.js").View>}
 */
export async function show(_parts, signal) {
  /** @type {Model[]} */
  const models = (await get("/v1/models", { signal })).models;
  const list = () =>
    table({
      caption: t("models.title"),
      rows: models,
      first: 50,
      find: (model) => `${model.name} ${model.target ?? ""} ${taskOf(model)}`,
      columns: [
        {
          title: t("model"),
          head: true,
          by: (model) => model.name,
          cell: (model) => h("a", { href: `#/models/${encodeURIComponent(model.name)}` }, model.name),
        },
        { title: t("models.task"), narrow: true, by: (model) => model.task, cell: (model) => taskOf(model) },
        { title: t("models.target"), narrow: true, by: (model) => model.target, cell: (model) => model.target ?? "–" },
        {
          title: t("models.horizon"),
          numeric: true,
          narrow: true,
          by: (model) => model.horizon,
          cell: (model) => number(model.horizon),
        },
        { title: t("score.skill"), numeric: true, by: (model) => model.skill, cell: skillOf },
        { title: t("models.verdict"), by: (model) => String(model.has_skill), cell: verdict },
        {
          title: t("size"),
          numeric: true,
          narrow: true,
          by: (model) => model.bytes,
          cell: (model) => bytes(model.bytes),
        },
        {
          title: t("models.modified"),
          narrow: true,
          by: (model) => model.modified,
          cell: (model) => when(model.modified),
        },
      ],
    }).node;
  return {
    title: t("models.title"),
    nodes: [
      heading(t("models.title"), { lead: t("models.lead") }),
      models.length ? list() : empty(t("models.none"), h("a", { class: "button primary", href: "#/" }, t("nav.start"))),
    ],
  };
}

/** @param {Model} model */
export function taskOf(model) {
  return model.task === null || model.error ? t("models.broken") : t(`task.${model.task}`);
}

/** @param {Model} model */
function verdict(model) {
  if (model.has_skill === null || model.has_skill === undefined) return "–";
  return model.has_skill
    ? h("span", { class: "up nowrap" }, t("models.has"))
    : h("span", { class: "muted nowrap" }, t("models.hasNone"));
}

/** @param {Model} model */
function skillOf(model) {
  if (model.skill === null || model.skill === undefined) return "–";
  return percent(model.skill, 1, true);
}
