// @ts-check
// The charts of the page: a series, a forecast with its bands, forecasts beside what happened, loss as it comes.

import { h } from "./dom.js";
import { number, t } from "./language.js";
import { plot } from "./plot.js";

/** @typedef {import("./contract.js").Thinned} Thinned */
/** @typedef {import("./contract.js").Forecast} Forecast */
/** @typedef {import("./contract.js").Epoch} Epoch */

/**
 * @param {Thinned} series
 * @param {AbortSignal} signal
 */
export function seriesPicture(series, signal) {
  const known = series.values.filter((value) => value !== null);
  const low = known.reduce((a, b) => Math.min(a, b), Infinity);
  const high = known.reduce((a, b) => Math.max(a, b), -Infinity);
  const text = t("picture.series", {
    name: series.column,
    n: series.rows,
    first: String(series.dates[0]),
    last: String(series.dates[series.dates.length - 1]),
    low: number(low, 6),
    high: number(high, 6),
    end: number(known[known.length - 1], 6),
  });
  return plot({
    title: series.name ? `${series.name} ${series.column}` : series.column,
    text,
    x: series.dates,
    zoom: true,
    note: series.values.length < series.rows ? t("picture.thinned", { n: series.values.length, all: series.rows }) : undefined,
    lines: [{ label: series.column, values: series.values, colour: "--accent" }],
  }, signal).node;
}

/**
 * @param {{forecast: Forecast, history: Thinned | null}} what
 * @param {AbortSignal} signal
 */
export function forecastPicture({ forecast, history }, signal) {
  const before = history ?? { dates: [forecast.cutoff], values: [forecast.last] };
  const past = before.values.length;
  const steps = forecast.forecast;
  // The forecast starts at the last known value, so that the line does not break there.
  const ahead = (/** @type {keyof import("./contract.js").Step} */ key) => [
    ...Array(Math.max(past - 1, 0)).fill(null),
    forecast.last,
    ...steps.map((step) => /** @type {number | null} */ (step[key] ?? null)),
  ];
  const levels = /** @type {const} */ ([95, 80]).filter((level) => steps.some((step) => step[`lower${level}`] !== undefined));
  const bands = levels.flatMap((level, at) => [
    { label: t("picture.band", { level: String(level) }), values: ahead(`upper${level}`), colour: `--band${level}`, width: 0, fillTo: 2 * at + 1 },
    { label: t("picture.band", { level: String(level) }), values: ahead(`lower${level}`), colour: `--band${level}`, width: 0, hidden: true },
  ]);
  const end = steps[steps.length - 1];
  return plot({
    title: forecast.name ? `${forecast.name} ${forecast.target}` : forecast.target,
    text: t("picture.forecast", { name: forecast.target, first: String(steps[0]?.date), last: String(end?.date), start: number(steps[0]?.value), end: number(end?.value), known: number(forecast.last) }),
    x: [...before.dates, ...steps.map((step) => step.date)],
    zoom: true,
    mark: Math.max(past - 1, 0),
    lines: [
      ...bands,
      { label: t("picture.history"), values: [...before.values, ...steps.map(() => null)], colour: "--ink" },
      { label: t("picture.value"), values: ahead("value"), colour: "--accent", width: 2, points: steps.length <= 24 },
    ],
  }, signal).node;
}

/**
 * @param {any} predictions
 * @param {string} name
 * @param {AbortSignal} signal
 */
export function predictionPicture(predictions, name, signal) {
  const { dates, actual, forecast, naive } = predictions;
  const bands = [95, 80].filter((level) => predictions[`lower${level}`]).flatMap((level, at) => [
    { label: t("picture.band", { level: String(level) }), values: predictions[`upper${level}`], colour: `--band${level}`, width: 0, fillTo: 2 * at + 1 },
    { label: t("picture.band", { level: String(level) }), values: predictions[`lower${level}`], colour: `--band${level}`, width: 0, hidden: true },
  ]);
  return plot({
    title: name,
    text: t("picture.predictions", { name, n: dates.length, first: String(dates[0]), last: String(dates[dates.length - 1]) }),
    x: dates,
    zoom: true,
    lines: [
      ...bands,
      ...(naive ? [{ label: t("picture.naive"), values: naive, colour: "--muted", dash: [3, 3], width: 1 }] : []),
      { label: t("picture.truth"), values: actual, colour: "--ink" },
      { label: t("picture.value"), values: forecast, colour: "--accent", width: 2 },
    ],
  }, signal).node;
}

/** Loss and gradient norm as they come; the network in training stands out from those before it. */
export function livePicture() {
  const leave = new AbortController();
  const empty = { text: "", x: [1], height: 220, lines: [] };
  const loss = plot({ ...empty, title: t("picture.loss") }, leave.signal);
  const norm = plot({ ...empty, title: t("picture.norm") }, leave.signal);
  return {
    node: h("div", { class: "pair" },
      h("section", null, h("h2", null, t("picture.loss")), loss.node),
      h("section", null, h("h2", null, t("picture.norm")), norm.node)),
    /** @param {Epoch[][]} networks */
    update(networks) {
      const now = networks[networks.length - 1] ?? [];
      const last = now[now.length - 1];
      if (!last) return;
      const before = networks.slice(-9, -1);
      const x = Array.from({ length: Math.max(2, last.epochs, ...before.map((one) => one.length)) }, (_, at) => at + 1);
      /** @param {Epoch[]} network @param {"loss" | "val_loss" | "grad_norm"} key */
      const values = (network, key) => x.map((_, at) => network[at]?.[key] ?? null);
      /** @param {"loss" | "grad_norm"} key */
      const others = (key) => before.map((network) => ({ label: "", values: values(network, key), colour: "--faint", width: 1, hidden: true }));
      const validated = now.some((epoch) => epoch.val_loss !== null);
      loss.update({
        ...empty,
        title: t("picture.loss"),
        text: t("picture.lossText", { loss: number(last.loss) }),
        x,
        lines: [
          ...others("loss"),
          { label: t("picture.train"), values: values(now, "loss"), colour: "--accent", width: 2 },
          ...(validated ? [{ label: t("picture.val"), values: values(now, "val_loss"), colour: "--second", width: 2 }] : []),
        ],
      });
      norm.update({
        ...empty,
        title: t("picture.norm"),
        text: t("picture.normText", { norm: number(last.grad_norm) }),
        x,
        lines: [...others("grad_norm"), { label: t("picture.norm"), values: values(now, "grad_norm"), colour: "--accent", width: 2 }],
      });
    },
  };
}
