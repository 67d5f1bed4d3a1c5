// @ts-check
// What came of a run: the verdict, what comes next, the whole report, and files to take along.

import { get, request } from "./api.js";
import { button, fill, h, save } from "./dom.js";
import { language, t } from "./language.js";
import { problemBox, section } from "./parts.js";
import { panelVerdict, verdictOf } from "./verdict.js";

/** @typedef {import("./contract.js").Run} Run */

/**
 * @param {Run} run
 * @param {AbortSignal} signal
 * @returns {Promise<Node[]>}
 */
export async function results(run, signal) {
  const result = run.result ?? {};
  const many = Array.isArray(result.scores);
  const verdict = h("div", null, many ? panelVerdict(result) : verdictOf(result.test, result.verdict));
  /** @type {(Node | null)[]} */
  const nodes = [verdict, downloads(run)];
  if (run.model && !many) nodes.push(await next(run, signal));
  if (many) {
    const { scoresTable } = await import("./panel.js");
    nodes.push(scoresTable(run, signal));
  }
  nodes.push(report(run, verdict, signal));
  return /** @type {Node[]} */ (nodes.filter(Boolean));
}

/** @param {Run} run */
function downloads(run) {
  const trouble = h("div");
  const stem = (run.name ?? run.file.name).replace(/\.\w+$/, "");
  /** @param {string} path @param {string} name @param {string} accept */
  const fetchAndSave = async (path, name, accept) => {
    fill(trouble);
    try {
      save(await (await request(path, { accept })).blob(), name);
    } catch (error) {
      fill(trouble, problemBox(error));
    }
  };
  const report = `/v1/runs/${encodeURIComponent(run.id)}/report?format=html&language=${language()}`;
  return h(
    "div",
    { class: "downloads" },
    h("div", { class: "actions" }, [
      button(t("result.html"), () => fetchAndSave(report, `${stem}-report.html`, "text/html")),
      run.model ? button(t("result.model"), () => fetchAndSave(`/v1/models/${encodeURIComponent(run.model ?? "")}/file`, `${run.model}.safetensors`, "application/octet-stream")) : null,
      button(t("result.json"), () => save(new Blob([JSON.stringify(run.result, null, 2)], { type: "application/json" }), `${stem}-scores.json`)),
      run.model ? h("a", { class: "button", href: `#/models/${encodeURIComponent(run.model)}` }, t("result.openModel")) : null,
    ]),
    trouble,
  );
}

/**
 * What the new model says will follow the file's last row.
 * @param {Run} run
 * @param {AbortSignal} signal
 */
async function next(run, signal) {
  const place = h("div", null, h("p", { class: "muted" }, t("loading")));
  const { forecastOfFile } = await import("./forecasts.js");
  forecastOfFile(run.model ?? "", run.file, signal).then(
    (node) => fill(place, node),
    (error) => signal.aborted || fill(place, problemBox(error)),
  );
  return section(t("result.next"), place);
}

/**
 * The report, drawn by the same code as the file that can be downloaded. Its verdict takes the place of ours, which stands
 * there until it comes.
 * @param {Run} run
 * @param {HTMLElement} verdict
 * @param {AbortSignal} signal
 */
function report(run, verdict, signal) {
  const root = h("div", { class: "report-place" }, h("p", { class: "muted" }, t("loading")));
  const load = async () => {
    const path = `/v1/runs/${encodeURIComponent(run.id)}/report?format=json&language=${language()}`;
    const [document, { drawReport, verdictBlock }] = await Promise.all([get(path, { signal }), import("./reporting.js")]);
    if (signal.aborted) return;
    const block = verdictBlock(document);
    if (block) fill(verdict, block);
    await drawReport(root, document, signal);
  };
  load().catch((error) => signal.aborted || fill(root, problemBox(error, t("result.noReport"))));
  return root;
}
