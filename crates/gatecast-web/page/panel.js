// @ts-check
// The series of a finished panel run: find one, sort by skill, see how its forecast did.

import { button, facts, fill, h } from "./dom.js";
import { number, percent, t } from "./language.js";
import { problemBox, section, table } from "./parts.js";
import { judgement, ofSeries } from "./verdict.js";

/** @typedef {import("./contract.js").Run} Run */
/** @typedef {{name: string, rows: number, scores: any, verdict: any}} Scored */

/**
 * @param {Run} run
 * @param {AbortSignal} signal
 */
export function scoresTable(run, signal) {
  /** @type {Scored[]} */
  const rows = run.result.scores;
  const place = h("div", { class: "look" });
  let chosen = "";
  /** @param {Scored} row */
  const pick = async (row) => {
    chosen = row.name;
    list.draw();
    const title = h("h3", { tabindex: "-1" }, row.name);
    const next = h("div");
    const said = ofSeries(row.scores, row.verdict);
    fill(
      place,
      title,
      said ? judgement(said) : null,
      facts([
        [t("rows"), number(row.rows)],
        [t("score.mae"), number(row.scores?.mae)],
        [t("score.naive"), number(row.scores?.naive_mae)],
        [t("score.mase"), number(row.scores?.mase)],
        [t("score.smape"), number(row.scores?.smape)],
        [t("score.coverage80"), row.scores?.coverage80 === undefined ? null : percent(row.scores.coverage80 / 100)],
      ]),
      next,
    );
    title.focus({ preventScroll: true });
    place.scrollIntoView({ block: "start" });
    if (!run.model) return;
    try {
      const { forecastOfSeries } = await import("./forecasts.js");
      fill(next, h("h4", null, t("result.next")), await forecastOfSeries(run.model, run.file, row.name, signal));
    } catch (error) {
      if (!signal.aborted) fill(next, problemBox(error));
    }
  };
  const list = table({
    caption: t("panel.scores"),
    rows,
    first: 25,
    find: (row) => row.name,
    chosen: (row) => row.name === chosen,
    columns: [
      {
        title: t("file.name"),
        head: true,
        by: (row) => row.name,
        cell: (row) =>
          button(row.name, () => pick(row), { class: "link", "aria-pressed": String(row.name === chosen) }),
      },
      {
        title: t("score.skill"),
        numeric: true,
        by: (row) => row.scores?.skill,
        cell: (row) =>
          h(
            "span",
            { class: row.scores?.skill > 0 ? "up" : row.scores?.skill < 0 ? "down" : null },
            percent(row.scores?.skill, 1, true),
          ),
      },
      { title: t("score.mae"), numeric: true, by: (row) => row.scores?.mae, cell: (row) => number(row.scores?.mae) },
      {
        title: t("score.naive"),
        numeric: true,
        narrow: true,
        by: (row) => row.scores?.naive_mae,
        cell: (row) => number(row.scores?.naive_mae),
      },
      {
        title: t("score.mase"),
        numeric: true,
        narrow: true,
        by: (row) => row.scores?.mase,
        cell: (row) => number(row.scores?.mase),
      },
      { title: t("rows"), numeric: true, narrow: true, by: (row) => row.rows, cell: (row) => number(row.rows) },
    ],
  });
  return section(t("panel.scores"), h("p", { class: "muted" }, t("panel.lead")), list.node, place);
}
