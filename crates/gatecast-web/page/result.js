// @ts-check
// What came of a run: the verdict, files to take along, and the whole report.

import { get, request } from "./api.js";
import { button, facts, fill, h, save } from "./dom.js";
import { language, t } from "./language.js";
import { problemBox, section } from "./parts.js";
import { judgement, ofPanel, ofSeries } from "./verdict.js";

/** @typedef {import("./contract.js").Run} Run */

/**
 * @param {Run} run
 * @param {() => Node} settings what was set, for where there is no report
 * @param {AbortSignal} signal
 * @returns {Promise<Node[]>}
 */
export async function results(run, settings, signal) {
  const result = run.result ?? {};
  const many = Array.isArray(result.scores);
  const said = many ? ofPanel(result) : ofSeries(result.test, result.verdict);
  const verdict = h("div", null, said ? judgement(said) : null);
  /** @type {Node[]} */
  const nodes = [verdict, downloads(run)];
  if (run.kind === "train" && !run.model) nodes.push(h("p", { class: "muted" }, t("result.noModel")));
  if (many) {
    const { scoresTable } = await import("./panel.js");
    nodes.push(scoresTable(run, signal));
  }
  const root = h("div", { class: "report-place" }, h("p", { class: "muted" }, t("loading")));
  nodes.push(root);

  const report = async () => {
    const path = `/v1/runs/${encodeURIComponent(run.id)}/report?format=json&language=${language()}`;
    const [document, { drawReport, opening }] = await Promise.all([get(path, { signal }), import("./reporting.js")]);
    if (signal.aborted) return;
    const { headline, text, tone, items } = opening(document);
    if (headline)
      fill(
        verdict,
        judgement({ title: headline, lines: said?.lines ?? "", text, good: tone === "good" }),
        items.length ? facts(items, "pairs figures") : null,
      );
    await drawReport(root, document, many, signal);
  };
  report().catch((error) => {
    if (signal.aborted) return;
    fill(
      root,
      run.model && !many ? next(run, signal) : null,
      section(t("result.noReport"), problemBox(error)),
      settings(),
    );
  });
  return nodes;
}

/** @param {Run} run */
function downloads(run) {
  const trouble = h("div");
  const stem = (run.name ?? run.file.name).replace(/\.\w+$/, "");
  const model = run.model ? `/v1/models/${encodeURIComponent(run.model)}` : "";
  /** @param {string} path @param {string} name @param {string} accept @param {unknown} [json] */
  const take = async (path, name, accept, json) => {
    fill(trouble);
    try {
      save(await (await request(path, { accept, json, method: json ? "POST" : "GET" })).blob(), name);
    } catch (error) {
      fill(trouble, problemBox(error));
    }
  };
  const report = `/v1/runs/${encodeURIComponent(run.id)}/report?format=html&language=${language()}`;
  return h(
    "div",
    { class: "downloads" },
    h("div", { class: "actions" }, [
      model
        ? h("a", { class: "button", href: `#/models/${encodeURIComponent(run.model ?? "")}` }, t("result.openModel"))
        : null,
      button(t("result.html"), () => take(report, `${stem}-report.html`, "text/html")),
      model
        ? button(t("forecast.csv"), () =>
            take(`${model}/forecast`, `${stem}-forecast.csv`, "text/csv", { file: run.file.id }),
          )
        : null,
      model
        ? button(t("result.model"), () => take(`${model}/file`, `${run.model}.safetensors`, "application/octet-stream"))
        : null,
      button(t("result.json"), () =>
        save(new Blob([JSON.stringify(run.result, null, 2)], { type: "application/json" }), `${stem}-scores.json`),
      ),
    ]),
    trouble,
  );
}

/**
 * What the new model says will follow the file's last row.
 * @param {Run} run
 * @param {AbortSignal} signal
 */
function next(run, signal) {
  const place = h("div", null, h("p", { class: "muted" }, t("loading")));
  const ask = async () => {
    const { forecastOfFile } = await import("./forecasts.js");
    fill(place, await forecastOfFile(run.model ?? "", run.file, signal));
  };
  ask().catch((error) => signal.aborted || fill(place, problemBox(error)));
  return section(t("result.next"), place);
}
