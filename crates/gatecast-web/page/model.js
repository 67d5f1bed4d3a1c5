// @ts-check
// One model: what it is, how it scored, and its use on something new.

import { get, post, Problem, remove, request } from "./api.js";
import { button, facts, fill, h, newId, save } from "./dom.js";
import { bytes, known, number, percent, t, when } from "./language.js";
import { foreign, heading, problemBox, problemLines, section, table } from "./parts.js";
import { announce, sure } from "./shell.js";
import { taskOf } from "./models.js";
import { intake } from "./start.js";
import { judgement, ofPanel, ofSeries } from "./verdict.js";

/** @typedef {import("./contract.js").Model} Model */
/** @typedef {import("./contract.js").StoredFile} StoredFile */

/**
 * @param {string[]} parts
 * @param {AbortSignal} signal
 * @returns {Promise<import("./parts.js").View>}
 */
export async function show([name], signal) {
  const path = `/v1/models/${encodeURIComponent(name)}`;
  const model = await described(name, signal);
  const trouble = h("div");
  /** @param {() => Promise<unknown>} act */
  const attempt = async (act) => {
    fill(trouble);
    try {
      await act();
    } catch (error) {
      if (!signal.aborted) fill(trouble, problemBox(error));
    }
  };
  const discard = () =>
    attempt(async () => {
      if (!(await sure(t("model.delete"), t("model.deleteSure", { name }), t("delete")))) return;
      await remove(path);
      announce(t("deleted", { name }));
      location.hash = "#/models";
    });
  const download = () =>
    attempt(async () =>
      save(await (await request(`${path}/file`, { accept: "application/octet-stream" })).blob(), `${name}.safetensors`),
    );
  /** @type {(Node | null)[]} */
  const nodes = [
    heading(name, {
      crumbs: [["#/models", t("nav.models")]],
      lead: [taskOf(model), model.target, bytes(model.bytes), when(model.modified)].filter(Boolean).join(" · "),
      actions: [button(t("result.model"), download), button(t("delete"), discard, { class: "quiet" })],
    }),
    trouble,
  ];
  if (model.error) {
    nodes.push(
      h(
        "div",
        { class: "problem" },
        h("strong", null, t("model.broken")),
        ...problemLines(typeof model.error === "string" ? { detail: model.error } : model.error),
      ),
    );
  } else if (model.task === "forecast") {
    nodes.push(use(model, signal), ...scores(model), about(model));
  } else {
    const { box } = await import("./texts.js");
    nodes.push(box(model, signal), about(model));
  }
  return { title: name, nodes };
}

/**
 * What is known of a model; of one that cannot be read the list says so.
 * @param {string} name
 * @param {AbortSignal} signal
 * @returns {Promise<Model>}
 */
async function described(name, signal) {
  try {
    return await get(`/v1/models/${encodeURIComponent(name)}`, { signal });
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 422) throw error;
    const { models } = await get("/v1/models", { signal });
    const found = models.find((/** @type {Model} */ one) => one.name === name);
    if (!found) throw error;
    return { ...found, error: error.document };
  }
}

/**
 * Forecast or backtest with a file: a new one, or one that is there.
 * @param {Model} model
 * @param {AbortSignal} signal
 */
function use(model, signal) {
  const id = newId("use");
  const select = h("select", { id }, h("option", { value: "" }, t("model.chooseFile")));
  const horizon = h("input", {
    id: `${id}-horizon`,
    type: "number",
    min: 1,
    inputmode: "numeric",
    placeholder: String(model.horizon ?? ""),
  });
  const place = h("div", { "aria-live": "off" });
  /** @type {{id: string, name: string} | null} */
  let file = null;
  /** @type {Map<string, StoredFile>} */
  const all = new Map();
  get("/v1/files", { signal }).then(
    ({ files }) => {
      for (const one of files) {
        all.set(one.id, one);
        select.append(h("option", { value: one.id }, one.name));
      }
      if (file) select.value = file.id;
    },
    () => {},
  );
  const forecast = button(t("model.forecast"), () => run("forecast"), { class: "primary", disabled: true });
  const backtest = button(t("model.backtest"), () => run("backtest"), { disabled: true });
  /** @param {{id: string, name: string} | null} chosen */
  const choose = (chosen) => {
    file = chosen;
    forecast.disabled = backtest.disabled = !chosen;
  };
  select.addEventListener("change", () => choose(all.get(select.value) ?? null));
  /** @param {"forecast" | "backtest"} what */
  const run = async (what) => {
    if (!file) return;
    fill(place, h("p", { class: "muted" }, t("loading")));
    try {
      if (what === "forecast") {
        const { forecastOfFile } = await import("./forecasts.js");
        fill(
          place,
          h("h3", null, t("result.nextOf", { name: file.name })),
          await forecastOfFile(model.name, file, signal, Number(horizon.value) || undefined),
        );
      } else {
        const answer = await post(`/v1/models/${encodeURIComponent(model.name)}/backtest`, { file: file.id }, signal);
        const said = ofSeries(answer.test, answer.verdict);
        const { predictionPicture } = await import("./pictures.js");
        fill(
          place,
          h("h3", null, t("model.backtestOf", { name: file.name })),
          said ? judgement(said) : null,
          answer.predictions ? predictionPicture(answer.predictions, model.target ?? "", signal) : null,
        );
      }
      announce(t("done"));
    } catch (error) {
      if (!signal.aborted) fill(place, problemBox(error));
    }
  };
  const taken = (/** @type {StoredFile} */ fresh) => {
    all.set(fresh.id, fresh);
    if (!select.querySelector(`option[value="${CSS.escape(fresh.id)}"]`))
      select.append(h("option", { value: fresh.id }, fresh.name));
    select.value = fresh.id;
    choose(fresh);
    void run("forecast");
  };
  return section(
    t("model.use"),
    intake({ signal, taken }),
    h(
      "div",
      { class: "fields use" },
      h("div", { class: "field" }, h("label", { for: id }, t("model.orFile")), select),
      h("div", { class: "field" }, h("label", { for: horizon.id }, t("setting.horizon")), horizon),
    ),
    h("div", { class: "actions" }, forecast, backtest),
    place,
  );
}

/** @param {Model} model */
function scores(model) {
  const { test, verdict, panel } = model.summary ?? {};
  const said = panel ? ofPanel({ test: panel }) : ofSeries(test, verdict);
  if (!said) return [];
  const scored = panel?.model ?? test;
  const coverage = panel?.coverage ?? test;
  return [
    section(
      t("model.scores"),
      judgement(said),
      facts(
        [
          [t("score.mae"), number(scored.mae)],
          [t("score.naive"), number(panel?.last_value?.mae ?? test?.naive_mae)],
          [t("score.rmse"), scored.rmse === undefined ? null : number(scored.rmse)],
          [t("score.mase"), number(scored.mase)],
          [t("score.coverage80"), Number.isFinite(coverage?.coverage80) ? percent(coverage.coverage80 / 100) : null],
          [t("score.coverage95"), Number.isFinite(coverage?.coverage95) ? percent(coverage.coverage95 / 100) : null],
          [t("score.windows"), Number.isFinite(test?.windows) ? number(test.windows) : null],
        ],
        "pairs figures",
      ),
    ),
  ];
}

/** @param {Model} model */
function about(model) {
  const { layers: given, parameters: counted, training, spec, classes, ...rest } = model.summary ?? {};
  const layers = Array.isArray(given) ? given : (given?.layers ?? []);
  const parameters = counted ?? given?.parameters;
  const groups = [spec?.data, spec?.model, spec?.train].filter(Boolean);
  const settings = Object.entries(Object.assign({}, ...(groups.length ? groups : [spec ?? {}])));
  const simple = Object.entries(rest).filter(([, value]) => ["string", "number"].includes(typeof value));
  return section(
    t("model.about"),
    facts([
      [t("model.parameters"), Number.isFinite(parameters) ? number(parameters) : null],
      [
        t("model.trained"),
        training?.first === undefined
          ? null
          : t("model.range", { first: String(training.first), last: String(training.last) }),
      ],
      [t("model.classes"), Array.isArray(classes) ? classes.join(", ") : null],
      [t("model.accuracy"), Number.isFinite(training?.accuracy) ? percent(training.accuracy) : null],
      [t("model.bag"), Number.isFinite(training?.bag_accuracy) ? percent(training.bag_accuracy) : null],
      [t("model.pairs"), Number.isFinite(training?.pairs) ? number(training.pairs) : null],
      [
        String(training?.measure ?? "").toUpperCase(),
        Number.isFinite(training?.averaged) ? number(training.averaged) : null,
      ],
      ...simple.map(
        ([key, value]) =>
          /** @type {[string, string]} */ ([
            known(`summary.${key}`) ?? key,
            typeof value === "number" ? number(value) : String(value),
          ]),
      ),
    ]),
    training?.notes?.length
      ? h(
          "ul",
          { class: "remarks" },
          training.notes.map((/** @type {string} */ text) => h("li", null, foreign(text))),
        )
      : null,
    layers.length
      ? table({
          caption: t("model.layers"),
          showCaption: true,
          rows: /** @type {any[]} */ (layers),
          columns: [
            { title: t("model.layer"), head: true, cell: (layer) => layer.layer },
            { title: t("model.output"), cell: (layer) => layer.output },
            { title: t("model.parameters"), numeric: true, cell: (layer) => number(layer.parameters) },
          ],
        }).node
      : null,
    settings.length
      ? h(
          "details",
          { class: "quiet-details" },
          h("summary", null, t("run.settings")),
          facts(
            settings.map(([key, value]) => [
              known(`setting.${key.replaceAll("_", "-")}`) ?? key,
              value === null
                ? "–"
                : Array.isArray(value)
                  ? value.join(", ") || "–"
                  : typeof value === "object"
                    ? JSON.stringify(value)
                    : typeof value === "number"
                      ? number(value)
                      : String(value),
            ]),
          ),
        )
      : null,
  );
}
