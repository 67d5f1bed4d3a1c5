// @ts-check
// One run: where it stands in the queue, how training goes, and what came of it.

import { get, listen, post, remove } from "./api.js";
import { button, facts, fill, h } from "./dom.js";
import { duration, known, t, when } from "./language.js";
import { watch } from "./live.js";
import { badge, heading, problemBox, problemLines, section } from "./parts.js";
import { rememberRun } from "./setup.js";
import { announce, sure } from "./shell.js";

/** @typedef {import("./contract.js").Run} Run */

/** @param {Run} run */
export const isOver = (run) => run.status !== "queued" && run.status !== "running";

/** @param {Run} run */
export function runTitle(run) {
  const what = t(run.kind === "train" ? "run.train" : "run.backtest");
  return run.name && run.kind === "train" ? `${run.name} · ${what}` : `${run.file.name} · ${what}`;
}

/**
 * @param {string[]} parts
 * @param {AbortSignal} signal
 * @returns {Promise<import("./parts.js").View>}
 */
export async function show([id], signal) {
  /** @type {Run} */
  let run = await get(`/v1/runs/${encodeURIComponent(id)}`, { signal });
  const head = h("div");
  const body = h("div", { class: "stack" });
  /** @type {ReturnType<typeof watch> | null} */
  let live = null;

  const draw = async () => {
    fill(head, headOf(run, update, signal));
    if (!isOver(run)) {
      live ??= watch();
      live.update(run);
      fill(body, live.node);
      return;
    }
    live?.leave();
    live = null;
    if (run.status !== "finished") {
      fill(
        body,
        run.error
          ? h("div", { class: "problem" }, h("strong", null, t("run.failedWhy")), ...problemLines(run.error))
          : h("p", null, t(`run.${run.status}Why`)),
        settingsOf(run),
      );
      return;
    }
    const { results } = await import("./result.js");
    if (signal.aborted) return;
    fill(body, await results(run, () => settingsOf(run), signal));
  };
  /** @param {Run} next */
  const update = async (next) => {
    const before = run.status;
    run = { ...next, result: next.result ?? run.result };
    if (run.status !== before) announce(t("run.nowStatus", { status: t(`run.${run.status}`) }));
    try {
      if (run.status === "finished" && !run.result) run = await get(`/v1/runs/${encodeURIComponent(id)}`, { signal });
      await draw();
    } catch (error) {
      if (!signal.aborted) fill(body, problemBox(error));
    }
  };

  await draw();
  signal.addEventListener("abort", () => live?.leave());
  if (!isOver(run)) {
    const heard = (/** @type {string} */ event, /** @type {any} */ data) => {
      if (event === "epoch") live?.epoch(data);
      else if (data && data.status && (data.status !== run.status || event === "end")) void update(data);
    };
    listen(`/v1/runs/${encodeURIComponent(id)}/events`, heard, signal, (on) => live?.connected(on)).catch((error) => {
      if (!signal.aborted) body.prepend(problemBox(error));
    });
    followQueue(
      () => run,
      (next) => {
        run = next;
        live?.update(run);
      },
      signal,
    );
  }
  return { title: runTitle(run), nodes: [head, body] };
}

/**
 * While a run waits, asks now and then how many stand before it.
 * @param {() => Run} current
 * @param {(run: Run) => void} update
 * @param {AbortSignal} signal
 */
function followQueue(current, update, signal) {
  const look = async () => {
    if (current().status !== "queued") return stop();
    try {
      const { runs } = await get("/v1/runs", { signal });
      const waiting = runs.filter(
        (/** @type {Run} */ one) => one.status === "queued" && one.created < current().created,
      ).length;
      if (current().status === "queued") update({ ...current(), position: waiting });
    } catch {
      // The next look will tell.
    }
  };
  const timer = setInterval(look, 3000);
  const stop = () => clearInterval(timer);
  signal.addEventListener("abort", stop);
  void look();
}

/**
 * @param {Run} run
 * @param {(run: Run) => unknown} update
 * @param {AbortSignal} signal
 */
function headOf(run, update, signal) {
  const path = `/v1/runs/${encodeURIComponent(run.id)}`;
  const file = `#/files/${encodeURIComponent(run.file.id)}`;
  /** @param {() => Promise<unknown>} act */
  const attempt = async (act) => {
    try {
      await act();
    } catch (error) {
      if (!signal.aborted) document.querySelector("main")?.append(problemBox(error));
    }
  };
  const cancel = () => attempt(async () => update(await post(`${path}/cancel`)));
  const again = () =>
    attempt(async () => {
      const { kind, settings, global, folds, name } = run;
      const body = {
        kind,
        file: run.file.id,
        settings,
        global,
        ...(name ? { name } : {}),
        ...(folds ? { folds } : {}),
      };
      const next = await post("/v1/runs", body);
      location.hash = `#/runs/${encodeURIComponent(next.id)}`;
    });
  const change = () => {
    rememberRun(run);
    location.hash = `${file}/train`;
  };
  const forget = () =>
    attempt(async () => {
      if (!(await sure(t("run.forget"), t("run.forgetSure"), t("delete")))) return;
      await remove(path);
      location.hash = "#/runs";
    });
  const took = run.started && run.ended ? (Date.parse(run.ended) - Date.parse(run.started)) / 1000 : null;
  return heading(runTitle(run), {
    crumbs: [["#/runs", t("nav.runs")]],
    state: badge(run.status),
    lead: h(
      "span",
      null,
      h("a", { href: file }, run.file.name),
      ` · ${when(run.created)}`,
      took === null || took < 0.05 ? null : ` · ${duration(took)}`,
    ),
    actions: isOver(run)
      ? [
          run.status === "finished" ? null : button(t("run.again"), again, { class: "primary" }),
          button(t("run.change"), change),
          button(t("delete"), forget, { class: "quiet" }),
        ]
      : [button(t("run.cancel"), cancel)],
  });
}

/** @param {Run} run */
function settingsOf(run) {
  const pairs = Object.entries(run.settings ?? {});
  const folds = run.kind === "backtest" ? run.folds : null;
  return section(
    t("run.settings"),
    pairs.length || folds
      ? facts([
          ...pairs.map(
            ([name, value]) =>
              /** @type {[string, string]} */ ([
                known(`setting.${name}`) ?? name,
                Array.isArray(value) ? value.join(", ") : String(value),
              ]),
          ),
          ...(folds ? [/** @type {[string, string]} */ ([t("setup.folds"), String(folds)])] : []),
        ])
      : h("p", { class: "muted" }, t("setup.differNone")),
  );
}
