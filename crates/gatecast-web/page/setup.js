// @ts-check
// What is to be done with a file: train or backtest, a preset, and what shall differ from it.

import { get, post, Problem } from "./api.js";
import { command } from "./command.js";
import { button, copy, fill, h, newId } from "./dom.js";
import { descriptions, field, framed } from "./fields.js";
import { summary } from "./file.js";
import { known, language, t } from "./language.js";
import { defaultOf, offer } from "./offer.js";
import { heading, problemBox } from "./parts.js";
import { announce } from "./shell.js";

/** @typedef {import("./contract.js").StoredFile} StoredFile */
/** @typedef {import("./contract.js").Offer} Offer */
/** @typedef {import("./fields.js").Field} Field */
/** @typedef {{kind: "train" | "backtest", preset: string, folds: string, name: string, settings: Record<string, unknown>}} State */

/** What most people change; the rest is folded away under the heading of its group. */
const ESSENTIAL = ["target", "features", "horizon", "season", "cell", "hidden", "epochs", "method"];
/** What is no setting of a forecast here: the preset has its own choice, and threads are the service's. */
const LEFT_OUT = new Set(["preset", "threads"]);

/**
 * @param {string[]} parts
 * @param {AbortSignal} signal
 * @param {URLSearchParams} query
 * @returns {Promise<import("./parts.js").View>}
 */
export async function show([id], signal, query) {
  /** @type {[StoredFile, Offer]} */
  const [file, offered] = await Promise.all([get(`/v1/files/${encodeURIComponent(id)}`, { signal }), offer()]);
  const title = t("setup.title", { name: file.name });
  const address = `#/files/${encodeURIComponent(id)}`;
  return {
    title,
    nodes: [
      heading(t("setup.heading"), {
        crumbs: [
          ["#/", t("nav.start")],
          [address, file.name],
        ],
        lead: summary(file),
      }),
      form(file, offered, signal, query),
    ],
  };
}

/**
 * @param {StoredFile} file
 * @param {Offer} offered
 * @param {AbortSignal} signal
 * @param {URLSearchParams} query
 */
function form(file, offered, signal, query) {
  const many = file.series > 1 || file.form !== null;
  const kept = `gatecast-setup-${file.id}`;
  const state = remembered(kept, many);
  if (query.get("kind") === "backtest") state.kind = "backtest";
  const usable = offered.settings.filter((setting) => !LEFT_OUT.has(setting.name));
  const fields = usable.map((setting) => field(setting, file.columns, () => changed()));
  /** @param {string} name */
  const find = (name) => fields.find((one) => one.name === name);

  const line = h("code", { class: "command", tabindex: "0", "aria-label": t("setup.command") });
  const count = h("p", { class: "muted differing" });
  const trouble = h("div");
  const called = input("name", t("setup.name"), t("setup.nameHelp"), state.name);
  const folds = input("folds", t("setup.folds"), t("setup.foldsHelp"), state.folds, "numeric");
  const kinds = radios(
    "kind",
    t("setup.what"),
    ["train", "backtest"].map((one) => [
      one,
      t(/** @type {"setup.train"} */ (`setup.${one}`)),
      t(/** @type {"setup.trainHelp"} */ (`setup.${one}Help`)),
    ]),
    state.kind,
  );
  const presets = radios(
    "preset",
    t("setup.presets"),
    offered.presets
      .filter((one) => many === (one.name === "panel"))
      .map((one) => [
        one.name,
        known(`preset.${one.name}`) ?? one.name,
        known(`preset.${one.name}.help`) ?? one.description,
      ]),
    state.preset,
  );

  const settings = () =>
    Object.fromEntries(fields.map((one) => [one.name, one.value()]).filter(([, value]) => value !== undefined));
  const read = () => {
    state.kind = /** @type {"train" | "backtest"} */ (kinds.value());
    state.preset = presets.value();
    state.folds = folds.input.value.trim();
    state.name = called.input.value.trim();
    // What is the preset's own anyway is not sent.
    state.settings = Object.fromEntries(
      Object.entries(settings()).filter(([key, value]) => {
        const setting = usable.find((one) => one.name === key);
        return (
          !setting || defaultOf(setting, state.preset) !== (Array.isArray(value) ? value.join(",") : String(value))
        );
      }),
    );
    return state;
  };
  const job = () => ({
    kind: state.kind,
    file: file.name,
    preset: state.preset,
    settings: state.settings,
    global: many,
    folds: Number(state.folds) || null,
    name: state.name,
    reading: file.reading,
  });
  const changed = () => {
    read();
    sessionStorage.setItem(kept, JSON.stringify({ ...state, settings: settings() }));
    folds.node.hidden = state.kind !== "backtest";
    called.node.hidden = state.kind !== "train";
    start.textContent = t(state.kind === "train" ? "setup.startTrain" : "setup.startBacktest");
    line.textContent = command(job());
    const differing = Object.keys(state.settings).length;
    count.textContent = differing ? t("setup.differ", { n: differing }) : t("setup.differNone");
    reset.hidden = differing === 0;
  };
  const underPreset = () => {
    for (const one of fields) one.under(presets.value());
    find("target")?.stands(file.target ?? "");
  };
  const reset = button(
    t("setup.reset"),
    () => {
      for (const one of fields) one.set(undefined);
      changed();
      announce(t("setup.differNone"));
    },
    { class: "quiet small" },
  );
  const start = h("button", { type: "submit", class: "primary" });
  const copied = button(
    t("copy"),
    async () => {
      if (await copy(line.textContent ?? "")) announce(t("copied"));
      copied.textContent = t("copied");
      setTimeout(() => {
        copied.textContent = t("copy");
      }, 1500);
    },
    { class: "quiet small" },
  );

  const send = async () => {
    read();
    fill(trouble);
    for (const one of [...fields, folds, called]) one.fault(null);
    if (state.kind === "backtest" && state.folds && !/^[1-9]\d*$/.test(state.folds)) {
      folds.fault(t("setup.foldsWrong"));
      folds.focus();
      announce(t("setup.failed"));
      return;
    }
    start.disabled = true;
    /** @type {Record<string, unknown>} */
    const body = { kind: state.kind, file: file.id, settings: { ...state.settings }, global: many };
    if (state.preset !== (many ? "panel" : "default")) body.settings = { preset: state.preset, ...state.settings };
    if (state.kind === "train" && state.name) body.name = state.name;
    if (state.kind === "backtest" && Number(state.folds)) body.folds = Number(state.folds);
    try {
      const run = await post("/v1/runs", body, signal);
      location.hash = `#/runs/${encodeURIComponent(run.id)}`;
    } catch (error) {
      if (signal.aborted) return;
      const at =
        error instanceof Problem
          ? [...fields, folds, called].find((one) => one.name === error.document.setting)
          : undefined;
      if (at && error instanceof Problem) {
        at.fault([error.document.detail, error.document.remedy].filter(Boolean).join("; "));
        at.focus();
        announce(t("setup.failed"));
      } else {
        fill(trouble, problemBox(error, t("setup.failed")));
      }
    } finally {
      start.disabled = false;
    }
  };

  const groups = [...new Set(usable.map((setting) => setting.group))];
  const node = h(
    "form",
    {
      class: "setup",
      novalidate: true,
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        void send();
      },
    },
    kinds.node,
    many ? h("p", { class: "muted" }, t("setup.many")) : presets.node,
    h(
      "div",
      { class: "fields" },
      folds.node,
      ESSENTIAL.map((one) => find(one)?.node),
      called.node,
    ),
    groups.map((group) => {
      const inside = fields.filter(
        (one) => !ESSENTIAL.includes(one.name) && usable.find((setting) => setting.name === one.name)?.group === group,
      );
      if (!inside.length) return null;
      return h(
        "details",
        { class: "group" },
        h(
          "summary",
          null,
          known(`group.${group.toLowerCase()}`) ?? group,
          " ",
          h("span", { class: "tally" }, inside.length),
        ),
        h(
          "div",
          { class: "fields" },
          inside.map((one) => one.node),
        ),
      );
    }),
    h(
      "div",
      { class: "launch" },
      trouble,
      h("div", { class: "launch-row" }, start, h("div", { class: "command-box" }, line, copied)),
      h("div", { class: "launch-foot" }, count, reset),
    ),
  );
  for (const [key, value] of Object.entries(state.settings)) find(key)?.set(value);
  node.addEventListener("input", () => changed());
  presets.node.addEventListener("input", underPreset);
  underPreset();
  changed();
  return node;
}

/**
 * What was set before in this tab, so that a reload keeps it.
 * @param {string} kept
 * @param {boolean} many
 * @returns {State}
 */
function remembered(kept, many) {
  /** @type {State} */
  const fresh = { kind: "train", preset: many ? "panel" : "default", folds: "", name: "", settings: {} };
  try {
    return { ...fresh, ...JSON.parse(sessionStorage.getItem(kept) ?? "{}") };
  } catch {
    return fresh;
  }
}

/**
 * Sets the form of a file to what a run had.
 * @param {import("./contract.js").Run} run
 */
export function rememberRun(run) {
  const { preset, ...settings } = run.settings;
  const state = {
    kind: run.kind,
    folds: run.folds ? String(run.folds) : "",
    name: run.name ?? "",
    settings,
    ...(preset ? { preset } : {}),
  };
  sessionStorage.setItem(`gatecast-setup-${run.file.id}`, JSON.stringify(state));
}

/**
 * A field for what is no setting of a forecast.
 * @param {string} name
 * @param {string} label
 * @param {string} help
 * @param {string} value
 * @param {string} [mode]
 */
function input(name, label, help, value, mode) {
  const id = newId(name);
  const box = h("input", {
    id,
    type: "text",
    value,
    autocomplete: "off",
    spellcheck: "false",
    inputmode: mode,
    "aria-describedby": descriptions(id),
  });
  return { name, input: box, ...framed(id, { node: box }, label, help) };
}

/**
 * @param {string} name
 * @param {string} legend
 * @param {string[][]} options value, title, explanation
 * @param {string} chosen
 */
function radios(name, legend, options, chosen) {
  const inputs = options.map(([value], at) =>
    h("input", {
      type: "radio",
      name,
      id: newId(name),
      value,
      checked: value === chosen || (at === 0 && !options.some(([one]) => one === chosen)),
    }),
  );
  const node = h(
    "fieldset",
    { class: "cards" },
    h("legend", null, legend),
    h(
      "div",
      { class: "card-row" },
      options.map(([, title, help], at) =>
        h(
          "label",
          { class: "card", for: inputs[at].id },
          inputs[at],
          h("span", { class: "card-title" }, title),
          h(
            "span",
            { class: "card-help", lang: language() !== "en" && /^[\x20-\x7e]+$/.test(help) ? "en" : null },
            help,
          ),
        ),
      ),
    ),
  );
  return { node, value: () => inputs.find((one) => one.checked)?.value ?? options[0]?.[0] ?? "" };
}
