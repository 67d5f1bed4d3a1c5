// @ts-check
// What a model says will follow a file's last row: a chart, a table, and a file to take along.

import { get, request } from "./api.js";
import { button, fill, h, newId, save } from "./dom.js";
import { alike, number, t } from "./language.js";
import { foreign, problemBox, table } from "./parts.js";

/** @typedef {import("./contract.js").Forecast} Forecast */
/** @typedef {import("./contract.js").Step} Step */

/** Rows before the forecast that its chart shows, and how many times its length at least. */
const BEFORE = { rows: 60, times: 6 };

/**
 * @param {string} model
 * @param {{id: string, name: string}} file
 * @param {AbortSignal} signal
 * @param {number} [horizon]
 * @returns {Promise<HTMLElement>}
 */
export async function forecastOfFile(model, file, signal, horizon) {
  const path = `/v1/models/${encodeURIComponent(model)}/forecast${horizon ? `?horizon=${horizon}` : ""}`;
  const answer = await (await request(path, { method: "POST", json: { file: file.id }, signal })).json();
  const trouble = h("div");
  const csv = button(
    t("forecast.csv"),
    async () => {
      try {
        const sent = await request(path, { method: "POST", json: { file: file.id }, accept: "text/csv", signal });
        save(await sent.blob(), `${model}-forecast.csv`);
      } catch (error) {
        fill(trouble, problemBox(error));
      }
    },
    { class: "small" },
  );
  const place = h("div");
  const all = answer.series ? /** @type {Forecast[]} */ (answer.series) : null;
  if (!all) {
    fill(place, await one(answer, file, signal));
    return h("div", { class: "forecast" }, place, h("div", { class: "actions" }, csv), trouble);
  }
  const pick = async (/** @type {string} */ name) => {
    const chosen = all.find((series) => nameOf(series) === name);
    if (chosen) fill(place, await one(chosen, file, signal, name));
  };
  if (all.length) await pick(nameOf(all[0]));
  return h(
    "div",
    { class: "forecast" },
    chooser(all.map(nameOf), pick),
    place,
    h("div", { class: "actions" }, csv),
    trouble,
  );
}

/** @param {Forecast} series */
const nameOf = (series) => series.name ?? series.unique_id ?? "";

/**
 * One of many names: a box that finds, since there may be thousands.
 * @param {string[]} names
 * @param {(name: string) => unknown} chosen
 */
export function chooser(names, chosen) {
  const id = newId("series");
  const list = h(
    "datalist",
    { id: `${id}-names` },
    names.slice(0, 1000).map((name) => h("option", { value: name })),
  );
  const input = h("input", { id, list: list.id, value: names[0] ?? "", autocomplete: "off", spellcheck: "false" });
  input.addEventListener("change", () => {
    const name =
      names.find((one) => one === input.value) ??
      names.find((one) => one.toLowerCase().includes(input.value.toLowerCase()));
    if (name === undefined) return;
    input.value = name;
    chosen(name);
  });
  return h(
    "div",
    { class: "field inline" },
    h("label", { for: id }, t("forecast.series", { n: names.length })),
    input,
    list,
  );
}

/**
 * @param {Forecast} forecast
 * @param {{id: string, name: string}} file
 * @param {AbortSignal} signal
 * @param {string} [series]
 */
async function one(forecast, file, signal, series) {
  const query = new URLSearchParams({ column: forecast.target });
  if (series !== undefined) query.set("name", series);
  const [{ forecastPicture }, history] = await Promise.all([
    import("./pictures.js"),
    get(`/v1/files/${encodeURIComponent(file.id)}/series?${query}`, { signal }).catch(() => null),
  ]);
  const steps = forecast.forecast;
  const first = steps[0];
  const lead = first
    ? h(
        "p",
        { class: "next" },
        t("forecast.lead", {
          target: forecast.target,
          date: String(first.date),
          last: number(forecast.last),
          cutoff: String(forecast.cutoff),
        }),
        " ",
        h("strong", { class: "num" }, number(first.value)),
        first.lower80 === undefined
          ? null
          : h(
              "span",
              { class: "muted" },
              ` ${t("forecast.band", { low: number(first.lower80), high: number(first.upper80) })}`,
            ),
      )
    : null;
  const keep = Math.max(BEFORE.rows, BEFORE.times * steps.length);
  const shown = history ? { ...history, dates: history.dates.slice(-keep), values: history.values.slice(-keep) } : null;
  return h(
    "div",
    null,
    lead,
    forecastPicture({ forecast, history: shown }, signal),
    forecast.notes?.length
      ? h(
          "ul",
          { class: "remarks" },
          forecast.notes.map((text) => h("li", null, foreign(text))),
        )
      : null,
    steps.length > 1
      ? h(
          "details",
          { class: "quiet-details", open: steps.length <= 12 },
          h("summary", null, t("forecast.table")),
          stepsTable(steps),
        )
      : null,
  );
}

/** @param {Step[]} steps */
function stepsTable(steps) {
  const form = alike(steps.map((step) => step.value));
  const bands = [80, 95].filter((level) => steps.some((step) => `lower${level}` in step));
  const at = (/** @type {Step} */ step, /** @type {string} */ key) => form(/** @type {any} */ (step)[key]);
  return table({
    caption: t("forecast.table"),
    rows: steps,
    columns: [
      { title: t("date"), head: true, cell: (step) => String(step.date) },
      { title: t("forecast.value"), numeric: true, cell: (step) => form(step.value) },
      ...bands.map((level) => ({
        title: t("forecast.level", { level }),
        numeric: true,
        cell: (/** @type {Step} */ step) =>
          t("forecast.range", { low: at(step, `lower${level}`), high: at(step, `upper${level}`) }),
      })),
    ],
  }).node;
}

/** Answers on whole panels, so that picking another series asks no more. @type {Map<string, Promise<any>>} */
const panels = new Map();

/**
 * What follows one series of a panel.
 * @param {string} model
 * @param {{id: string, name: string}} file
 * @param {string} name
 * @param {AbortSignal} signal
 */
export async function forecastOfSeries(model, file, name, signal) {
  const key = `${model}\n${file.id}`;
  let asked = panels.get(key);
  if (!asked) {
    asked = request(`/v1/models/${encodeURIComponent(model)}/forecast`, {
      method: "POST",
      json: { file: file.id },
    }).then((answer) => answer.json());
    asked.catch(() => panels.delete(key));
    panels.set(key, asked);
  }
  const found = (await asked).series?.find((/** @type {Forecast} */ series) => nameOf(series) === name);
  return found ? one(found, file, signal, name) : h("p", { class: "muted" }, t("forecast.none"));
}
