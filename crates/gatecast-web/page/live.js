// @ts-check
// A run while it is under way: how far it is, the time left, loss and gradient norm as they come.

import { facts, fill, h, newId } from "./dom.js";
import { duration, number, percent, t } from "./language.js";
import { announce } from "./shell.js";

/** @typedef {import("./contract.js").Run} Run */
/** @typedef {import("./contract.js").Epoch} Epoch */

/** Between two drawings of the charts, in milliseconds. */
const PACE = 250;

/** Events of others after which a network that says nothing is taken to be done. */
const SILENCE = 32;

/** What follows a run. */
export function watch() {
  const label = newId("progress");
  const bar = h("progress", { max: 1, "aria-labelledby": label });
  const title = h("p", { id: label, class: "progress-title" });
  const share = h("span", { class: "num" });
  const numbers = h("div");
  const lost = h("p", { class: "muted", hidden: true }, t("live.lost"));
  const charts = h("div", { class: "pictures" });
  const node = h(
    "div",
    { class: "live" },
    h("div", { class: "progress" }, h("div", { class: "progress-row" }, title, share), bar),
    numbers,
    lost,
    charts,
  );

  /** @type {Run | null} */
  let run = null;
  /** @type {Epoch | null} */
  let last = null;
  /** Every epoch that was heard of, network by network; several may be trained at once. @type {Map<string, Epoch[]>} */
  const networks = new Map();
  /** The network that is shown, and how many events of others came since its last. */
  let shown = "";
  let others = 0;
  let said = 0;
  let due = 0;
  /** @type {{update: (network: Epoch[]) => void, leave: () => void} | null} */
  let picture = null;
  let asked = false;

  const drawCharts = () => {
    due = 0;
    const now = networks.get(shown);
    if (!now) return;
    if (picture) {
      picture.update(now);
    } else if (!asked) {
      asked = true;
      import("./pictures.js").then(({ livePicture }) => {
        const made = livePicture();
        fill(charts, made.node);
        picture = made;
        drawCharts();
      });
    }
  };
  const draw = () => {
    if (!run) return;
    if (run.status === "queued") {
      bar.removeAttribute("value");
      title.textContent = run.position ? t("live.queued", { n: run.position }) : t("live.next");
      share.textContent = "";
      return;
    }
    const done = fraction(run, last);
    if (done === null) bar.removeAttribute("value");
    else bar.value = done;
    title.textContent = last
      ? t("live.network", { n: Math.min(last.finished + 1, last.networks), all: last.networks })
      : t("live.preparing");
    share.textContent = done === null ? "" : percent(done, 0);
    const spent = run.started ? (Date.now() - Date.parse(run.started)) / 1000 : 0;
    const left = done && done > 0.02 && spent > 0.5 ? (spent / done) * (1 - done) : NaN;
    const now = networks.get(shown)?.at(-1);
    if (now) {
      fill(
        numbers,
        facts(
          [
            [t("live.epoch"), t("live.of", { n: now.epoch, all: now.epochs })],
            [t("live.fold"), now.test_fold ?? null],
            [t("live.validationFold"), now.fold ?? null],
            [t("live.loss"), number(now.loss)],
            [t("live.val"), now.val_loss === null ? null : number(now.val_loss)],
            [t("live.norm"), normOf(now) === null ? null : number(normOf(now))],
            [t("live.left"), Number.isFinite(left) ? duration(Math.ceil(left)) : null],
          ],
          "pairs figures",
        ),
      );
    }
    if (done !== null && done >= said + 0.25) {
      said = Math.floor(done * 4) / 4;
      announce(t("live.said", { share: percent(said, 0) }));
    }
  };

  return {
    node,
    /** @param {Run} next */
    update(next) {
      run = next;
      draw();
    },
    /** @param {Epoch} epoch */
    epoch(epoch) {
      last = epoch;
      if (run?.status === "queued")
        run = { ...run, status: "running", started: run.started ?? new Date().toISOString() };
      const key = networkOf(epoch);
      const network = networks.get(key);
      // A stream that starts from the beginning again brings what is known already.
      if (!network) networks.set(key, [epoch]);
      else if (epoch.epoch > network[network.length - 1].epoch) network.push(epoch);
      // Several are trained at once: one is shown until it is done.
      others = key === shown ? 0 : others + 1;
      const done = (networks.get(shown)?.at(-1)?.epoch ?? 0) >= epoch.epochs;
      if (!shown || (key !== shown && (done || others > SILENCE))) {
        shown = key;
        others = 0;
      }
      if (!due)
        due = window.setTimeout(() => {
          draw();
          drawCharts();
        }, PACE);
    },
    leave: () => picture?.leave(),
    /** @param {boolean} on */
    connected(on) {
      lost.hidden = on;
    },
  };
}

/** @param {Epoch} epoch */
const networkOf = (epoch) => [epoch.series, epoch.test_fold, epoch.fold, epoch.member].join("/");

/** @param {Epoch} epoch @returns {number | null} */
export const normOf = (epoch) => epoch.grad_norm ?? epoch.gradient_norm ?? null;

/**
 * How much of a run is done, 0 to 1, as far as it can be told.
 * @param {Run} run
 * @param {Epoch | null} last
 */
function fraction(run, last) {
  const at = last ?? run.progress;
  if (!at || !at.networks) return null;
  const within = at.epochs && at.epoch && at.finished < at.networks ? at.epoch / at.epochs : 0;
  return Math.min(1, (at.finished + within) / at.networks);
}
