// @ts-check
// The verdict in plain words: does the forecast beat "tomorrow as today", and what else does.

import { h } from "./dom.js";
import { known, number, percent, t } from "./language.js";
import { foreign } from "./parts.js";

/**
 * A method's name as people know it.
 * @param {string} name such as `last-value`, `seasonal naive (12)` or `CES`
 */
export function methodName(name) {
  const [, stem, rest] = /^(.*?)(\s*\(.*\))?$/.exec(name) ?? [name, name, ""];
  const key = stem.toLowerCase().replaceAll(" ", "-");
  return `${known(`method.${key}`) ?? stem}${rest ?? ""}`;
}

/**
 * @param {any} test scores of one series
 * @param {any} verdict
 */
export function verdictOf(test, verdict) {
  if (!test) return null;
  const has = Boolean(verdict?.has_skill);
  const gain = test.naive_mae > 0 ? 1 - test.mae / test.naive_mae : null;
  const rival = verdict?.baseline ? methodName(verdict.baseline) : null;
  const theirs = rivalError(test, verdict?.baseline);
  const lines = [
    gain === null ? null : t(gain >= 0 ? "verdict.better" : "verdict.worse", { share: percent(Math.abs(gain)), mae: number(test.mae), naive: number(test.naive_mae) }),
    !has && rival && theirs !== null && !isLast(verdict.baseline) ? t(theirs < test.mae ? "verdict.rivalBetter" : "verdict.rivalClose", { rival, theirs: number(theirs), mae: number(test.mae) }) : null,
    !has && rival && isLast(verdict.baseline) ? t("verdict.chance") : null,
    has && rival ? t("verdict.beyond", { rival }) : null,
    verdict?.lag > 0 ? t("verdict.late", { n: verdict.lag }) : null,
    verdict?.flat ? t("verdict.flat") : null,
  ];
  return h(
    "div",
    { class: has ? "judgement good" : "judgement" },
    h("p", { class: "judgement-title" }, t(has ? "verdict.has" : "verdict.hasNone")),
    h("p", null, lines.filter(Boolean).join(t("space"))),
    verdict?.text ? h("p", { class: "muted" }, foreign(verdict.text)) : null,
  );
}

/** @param {string} name */
const isLast = (name) => name.toLowerCase().replaceAll(" ", "-") === "last-value";

/**
 * @param {any} test
 * @param {string | undefined} name
 * @returns {number | null}
 */
function rivalError(test, name) {
  if (!name) return null;
  const plain = (/** @type {string} */ text) => text.toLowerCase().replace(/\s*\(.*\)/, "").replaceAll(" ", "-");
  const found = test.baselines?.find((/** @type {any} */ one) => plain(String(one.baseline ?? one.name ?? "")) === plain(name));
  return found?.mae ?? null;
}

/**
 * The verdict on a panel: how the mean error of all series compares.
 * @param {any} result
 */
export function panelVerdict(result) {
  const test = result.test;
  if (!test?.model) return null;
  const best = [...(test.baselines ?? [])].filter((one) => Number.isFinite(one.mase)).sort((a, b) => a.mase - b.mase)[0];
  const has = best ? test.model.mase < best.mase : false;
  const naive = test.last_value?.mase;
  const lines = [
    naive ? t(test.model.mase <= naive ? "verdict.panelBetter" : "verdict.panelWorse", { share: percent(Math.abs(1 - test.model.mase / naive)), mase: number(test.model.mase), naive: number(naive) }) : null,
    best ? t(has ? "verdict.panelBest" : "verdict.panelRival", { rival: methodName(best.name), theirs: number(best.mase) }) : null,
    Number.isFinite(test.better) ? t("verdict.panelShare", { share: percent(test.better, 0) }) : null,
  ];
  return h(
    "div",
    { class: has ? "judgement good" : "judgement" },
    h("p", { class: "judgement-title" }, t(has ? "verdict.panelHas" : "verdict.panelHasNone", { n: test.scored ?? result.series })),
    h("p", null, lines.filter(Boolean).join(t("space"))),
  );
}
