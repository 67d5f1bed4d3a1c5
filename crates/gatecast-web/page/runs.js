// @ts-check
// Every run and its status.

import { get, post } from "./api.js";
import { button, fill, h } from "./dom.js";
import { percent, t, when } from "./language.js";
import { badge, empty, heading, problemBox, table } from "./parts.js";
import { isOver, runTitle } from "./run.js";

/** @typedef {import("./contract.js").Run} Run */

/** Between two looks while something runs, in milliseconds. */
const PACE = 3000;

/**
 * @param {string[]} _parts
 * @param {AbortSignal} signal
 * @returns {Promise<import("./parts.js").View>}
 */
export async function show(_parts, signal) {
  const place = h("div");
  const draw = async () => {
    /** @type {Run[]} */
    const runs = (await get("/v1/runs", { signal })).runs;
    if (signal.aborted) return;
    const focused = document.activeElement;
    if (!focused || !place.contains(focused))
      fill(
        place,
        runs.length
          ? list(runs, draw)
          : empty(t("runs.none"), h("a", { class: "button primary", href: "#/" }, t("nav.start"))),
      );
    if (runs.some((run) => !isOver(run))) setTimeout(() => void again(), PACE);
  };
  const again = async () => {
    if (signal.aborted) return;
    try {
      await draw();
    } catch (error) {
      if (!signal.aborted) fill(place, problemBox(error));
    }
  };
  await draw();
  return { title: t("runs.title"), nodes: [heading(t("runs.title"), { lead: t("runs.lead") }), place] };
}

/**
 * @param {Run[]} runs
 * @param {() => Promise<void>} draw
 */
function list(runs, draw) {
  /** @param {Run} run */
  const cancel = async (run) => {
    await post(`/v1/runs/${encodeURIComponent(run.id)}/cancel`);
    /** @type {HTMLElement | null} */ (document.activeElement)?.blur();
    await draw();
  };
  return table({
    caption: t("runs.title"),
    rows: runs,
    first: 50,
    find: (run) => `${runTitle(run)} ${run.file.name} ${run.status}`,
    columns: [
      {
        title: t("runs.run"),
        head: true,
        by: runTitle,
        cell: (run) => h("a", { href: `#/runs/${encodeURIComponent(run.id)}` }, runTitle(run)),
      },
      {
        title: t("runs.status"),
        by: (run) => run.status,
        cell: (run) =>
          h(
            "span",
            { class: "nowrap" },
            badge(run.status),
            run.status === "running" ? h("span", { class: "muted num" }, ` ${share(run)}`) : null,
          ),
      },
      {
        title: t("file"),
        narrow: true,
        by: (run) => run.file.name,
        cell: (run) => h("a", { href: `#/files/${encodeURIComponent(run.file.id)}` }, run.file.name),
      },
      { title: t("runs.created"), narrow: true, by: (run) => run.created, cell: (run) => when(run.created) },
      {
        title: "",
        cell: (run) =>
          isOver(run)
            ? run.model
              ? h("a", { href: `#/models/${encodeURIComponent(run.model)}` }, t("model"))
              : null
            : button(t("cancel"), () => cancel(run), { class: "quiet small" }),
      },
    ],
  }).node;
}

/** @param {Run} run */
function share(run) {
  const at = run.progress;
  if (!at?.networks) return "";
  return percent((at.finished + (at.epochs && at.epoch ? at.epoch / at.epochs : 0)) / at.networks, 0);
}
