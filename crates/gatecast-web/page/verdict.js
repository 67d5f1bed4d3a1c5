// @ts-check
// The verdict in plain words: does the forecast beat "tomorrow as today", and what else does.

import { h } from "./dom.js";
import { known, language, number, percent, t } from "./language.js";

/** @typedef {{title: string, lines: string, text?: import("./dom.js").Child, good: boolean}} Judgement */

/**
 * A method's name as people know it.
 * @param {string} name such as `last-value`, `seasonal naive (12)` or `CES`
 */
export function methodName(name) {
  const [, stem, rest] = /^(.*?)(\s*\(.*\))?$/.exec(name) ?? [name, name, ""];
  return `${known(`method.${keyOf(stem)}`) ?? stem}${rest ?? ""}`;
}

/** A method's name without what stands in brackets, as keys are written. @param {string} name */
function keyOf(name) {
  const key = name
    .toLowerCase()
    .replace(/\s*\(.*\)/, "")
    .replaceAll(" ", "-");
  return key === "exponential-smoothing" ? "smoothing" : key;
}

/** @param {Judgement} judgement */
export function judgement({ title, lines, text, good }) {
  return h(
    "div",
    { class: good ? "judgement good" : "judgement" },
    h("p", { class: "judgement-title" }, title),
    lines ? h("p", null, lines) : null,
    text ? h("p", { class: "muted" }, text) : null,
  );
}

/**
 * Of one series.
 * @param {any} test its scores
 * @param {any} verdict
 * @returns {Judgement | null}
 */
export function ofSeries(test, verdict) {
  if (!test) return null;
  const good = Boolean(verdict?.has_skill);
  const rival = verdict?.baseline ? keyOf(verdict.baseline) : "";
  const theirs =
    test.baselines?.find((/** @type {any} */ one) => keyOf(String(one.baseline ?? one.name ?? "")) === rival)?.mae ??
    null;
  const names = { rival: rival ? methodName(verdict.baseline) : "", theirs: number(theirs), mae: number(test.mae) };
  const lines = [
    besideToday(test),
    !good && rival && rival !== "last-value" && theirs !== null
      ? t(theirs < test.mae ? "verdict.rivalBetter" : "verdict.rivalClose", names)
      : null,
    !good && rival === "last-value" && test.mae < test.naive_mae ? t("verdict.chance") : null,
    good && rival ? t("verdict.beyond", names) : null,
  ];
  // What the service says of it is in English.
  const more = [
    verdict?.lag > 0 ? t("verdict.late", { n: verdict.lag }) : null,
    verdict?.flat ? t("verdict.flat") : null,
  ];
  const text = language() === "en" ? verdict?.text : more.filter(Boolean).join("");
  return {
    title: t(good ? "verdict.has" : "verdict.hasNone"),
    lines: lines.filter(Boolean).join(t("space")),
    text,
    good,
  };
}

/**
 * Whether it is better than the last value, without asking whether that is chance.
 * @param {any} test
 */
export function besideToday(test) {
  if (!(test.naive_mae > 0)) return null;
  const gain = 1 - test.mae / test.naive_mae;
  if (Math.abs(gain) < 0.0005) return t("verdict.same", { mae: number(test.mae) });
  return t(gain >= 0 ? "verdict.better" : "verdict.worse", {
    share: percent(Math.abs(gain)),
    mae: number(test.mae),
    naive: number(test.naive_mae),
  });
}

/**
 * Of many series: how their mean error compares.
 * @param {any} result
 * @returns {Judgement | null}
 */
export function ofPanel(result) {
  const test = result.test;
  if (!test?.model) return null;
  const best = [...(test.baselines ?? [])]
    .filter((one) => Number.isFinite(one.mase))
    .sort((a, b) => a.mase - b.mase)[0];
  const good = best ? test.model.mase < best.mase : false;
  const naive = test.last_value?.mase;
  const lines = [
    naive
      ? t(test.model.mase <= naive ? "verdict.panelBetter" : "verdict.panelWorse", {
          share: percent(Math.abs(1 - test.model.mase / naive)),
          mase: number(test.model.mase),
          naive: number(naive),
        })
      : null,
    best
      ? t(good ? "verdict.panelBest" : "verdict.panelRival", {
          rival: methodName(best.name),
          theirs: number(best.mase),
        })
      : null,
  ];
  return {
    title: t(good ? "verdict.panelHas" : "verdict.panelHasNone", { n: test.scored ?? result.series }),
    lines: lines.filter(Boolean).join(t("space")),
    good,
  };
}
