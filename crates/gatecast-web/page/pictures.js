// @ts-check
// The charts of the page. Forecasts, loss and gradient norm are drawn by the code that draws them in reports, which the
// server lays beside these files; a series by itself by `plot`.

import { button, fill, h, save } from "./dom.js";
import { figure, fileName, library, moves } from "./figure.js";
import { language, number, t } from "./language.js";
import { normOf } from "./live.js";
import { plot } from "./plot.js";

/** @typedef {import("./contract.js").Thinned} Thinned */
/** @typedef {import("./contract.js").Forecast} Forecast */
/** @typedef {import("./contract.js").Epoch} Epoch */
/** @typedef {{update: (data: any) => void, png: (title: string) => Promise<Blob | null>, destroy: () => void, plot: any}} Handle */

/** The charts of reports. */
async function charts() {
  await library();
  // @ts-ignore: it comes from the report's files
  return import("/assets/charts.js");
}

/**
 * A chart of the report's kind, drawn once it is on the page.
 * @param {"forecastChart" | "lossChart" | "gradientChart"} kind
 * @param {{title: string, text: string, zoom?: boolean}} about
 * @param {any} data
 * @param {AbortSignal} signal
 */
function drawn(kind, { title, text, zoom = false }, data, signal) {
  const canvas = h("div", { class: "canvas" });
  /** @type {Handle | null} */
  let handle = null;
  let latest = data;
  /** @type {any} */
  let module = null;
  const png = async () => {
    const blob = await handle?.png(title);
    if (blob) save(blob, fileName(title));
  };
  const tools = [
    ...(zoom ? moves((grow, shift) => handle && module.moveView(handle, grow, shift)) : []),
    button(t("picture.png"), png, { class: "small" }),
  ];
  const node = figure({ title, text, tools }, canvas);
  const start = async () => {
    module = await charts();
    if (signal.aborted) return;
    handle = module[kind](canvas, latest, language());
    signal.addEventListener("abort", () => handle?.destroy());
  };
  start().catch((error) => fill(canvas, String(error.message ?? error)));
  return {
    node,
    /** @param {any} next @param {string} said */
    update(next, said) {
      latest = next;
      canvas.setAttribute("aria-label", `${title}. ${said}`);
      handle?.update(next);
    },
  };
}

/**
 * @param {Thinned} series
 * @param {AbortSignal} signal
 */
export function seriesPicture(series, signal) {
  const known = series.values.filter((value) => value !== null);
  const text = t("picture.series", {
    n: series.rows,
    first: String(series.dates[0]),
    last: String(series.dates[series.dates.length - 1]),
    low: number(
      known.reduce((a, b) => Math.min(a, b), Infinity),
      6,
    ),
    high: number(
      known.reduce((a, b) => Math.max(a, b), -Infinity),
      6,
    ),
    end: number(known[known.length - 1], 6),
  });
  const title = series.name ? `${series.name} ${series.column}` : series.column;
  const note =
    series.values.length < series.rows
      ? t("picture.thinned", { n: series.values.length, all: series.rows })
      : undefined;
  return plot({ title, text, note, label: series.column, x: series.dates, y: series.values }, signal);
}

/**
 * @param {{forecast: Forecast, history: Thinned | null}} what
 * @param {AbortSignal} signal
 */
export function forecastPicture({ forecast, history }, signal) {
  const before = history?.values.length ? history : { dates: [forecast.cutoff], values: [forecast.last] };
  const past = before.values.length;
  const steps = forecast.forecast;
  const end = steps[steps.length - 1];
  // The forecast starts at the last known value, so that the line does not break there.
  const ahead = (/** @type {string} */ key) => [
    ...Array(past - 1).fill(null),
    forecast.last,
    ...steps.map((step) => /** @type {any} */ (step)[key] ?? null),
  ];
  const data = {
    chart: "forecast",
    labels: [...before.dates, ...steps.map((step) => step.date)].map(String),
    actual: [...before.values, ...steps.map(() => null)],
    forecast: ahead("value"),
    baseline: [],
    baseline_name: "",
    bands: [95, 80]
      .filter((level) => steps.some((step) => `lower${level}` in step))
      .map((level) => ({ level, lower: ahead(`lower${level}`), upper: ahead(`upper${level}`) })),
    cutoff: past - 1,
    unit: forecast.target,
  };
  const text = t("picture.forecast", {
    first: String(steps[0]?.date),
    last: String(end?.date),
    start: number(steps[0]?.value),
    end: number(end?.value),
    known: number(forecast.last),
  });
  const title = [forecast.name, forecast.target].filter(Boolean).join(" ");
  return drawn("forecastChart", { title, text, zoom: true }, data, signal).node;
}

/**
 * Forecasts of rows that are known, beside what happened.
 * @param {any} predictions
 * @param {string} name
 * @param {AbortSignal} signal
 */
export function predictionPicture(predictions, name, signal) {
  const { dates, actual, forecast, naive } = predictions;
  const data = {
    chart: "forecast",
    labels: dates.map(String),
    actual,
    forecast,
    baseline: naive ?? [],
    baseline_name: t("method.last-value"),
    bands: [95, 80]
      .filter((level) => predictions[`lower${level}`])
      .map((level) => ({ level, lower: predictions[`lower${level}`], upper: predictions[`upper${level}`] })),
    cutoff: null,
    unit: name,
  };
  const text = t("picture.predictions", {
    n: dates.length,
    first: String(dates[0]),
    last: String(dates[dates.length - 1]),
  });
  return drawn("forecastChart", { title: name, text, zoom: true }, data, signal).node;
}

/** Loss and gradient norm of the network that learns, as they come. */
export function livePicture() {
  const leave = new AbortController();
  const loss = drawn("lossChart", { title: t("picture.loss"), text: "" }, lossOf([]), leave.signal);
  const norm = drawn("gradientChart", { title: t("picture.norm"), text: "" }, normsOf([]), leave.signal);
  return {
    node: h(
      "div",
      { class: "pair" },
      h("section", null, h("h2", null, t("picture.loss")), loss.node),
      h("section", null, h("h2", null, t("picture.norm")), norm.node),
    ),
    /** @param {Epoch[]} network */
    update(network) {
      const last = network[network.length - 1];
      loss.update(lossOf(network), t("picture.lossText", { loss: number(last.loss) }));
      norm.update(normsOf(network), t("picture.normText", { norm: number(normOf(last)) }));
    },
    leave: () => leave.abort(),
  };
}

/** @param {Epoch[]} network */
function lossOf(network) {
  const validated = network.some((epoch) => epoch.val_loss !== null && epoch.val_loss !== undefined);
  return {
    chart: "loss",
    epochs: network.length ? network.map((epoch) => epoch.epoch) : [1],
    loss: network.length ? network.map((epoch) => epoch.loss) : [null],
    val_loss: validated ? network.map((epoch) => epoch.val_loss ?? null) : null,
    kept_epoch: 0,
    unit: "",
  };
}

/** @param {Epoch[]} network */
function normsOf(network) {
  return {
    chart: "gradient",
    epochs: network.length ? network.map((epoch) => epoch.epoch) : [1],
    norm: network.length ? network.map(normOf) : [null],
  };
}
