// @ts-check
// A form field for each setting of the service. Empty means: as the preset has it.

import { h, newId } from "./dom.js";
import { known, language, t } from "./language.js";
import { defaultOf, explained } from "./offer.js";

/** @typedef {import("./contract.js").Setting} Setting */
/**
 * @typedef {object} Field
 * @property {string} name
 * @property {HTMLElement} node
 * @property {() => unknown} value undefined where it is left to the preset
 * @property {(value: unknown) => void} set
 * @property {(preset: string) => void} under shows what a preset has
 * @property {(text: string) => void} stands shows what else stands there if it is left
 * @property {(text: string | null) => void} fault
 * @property {() => void} focus
 */

/** Settings whose values are columns of the file. */
const COLUMNS = new Set(["target", "features", "future", "static"]);

/**
 * @param {Setting} setting
 * @param {string[]} columns of the file
 * @param {() => void} changed
 * @returns {Field}
 */
export function field(setting, columns, changed) {
  const id = newId(setting.name);
  const { help } = explained(setting);
  const control = controlOf(setting, columns, id, descriptions(id));
  const explanation = known(`setting.${setting.name}.help`) ?? help;
  const frame = framed(id, control, known(`setting.${setting.name}`) ?? setting.name, explanation);
  if (language() !== "en" && explanation === help) frame.help.lang = "en";
  frame.node.addEventListener("input", changed);
  return {
    name: setting.name,
    value: control.value,
    set: control.set,
    under: (preset) => control.under(defaultOf(setting, preset)),
    stands: control.under,
    ...frame,
  };
}

/**
 * What describes a control: its explanation, and what is wrong with it.
 * @param {string} id of the control
 */
export const descriptions = (id) => `${id}-help ${id}-fault`;

/**
 * A control below its label and above its explanation, with a place for what is wrong with it.
 * @param {string} id
 * @param {{node: HTMLElement, group?: boolean}} control
 * @param {string} label
 * @param {string} explanation
 */
export function framed(id, control, label, explanation) {
  const fault = h("p", { class: "fault", id: `${id}-fault` });
  const help = h("p", { class: "help", id: `${id}-help` }, explanation);
  const node = control.group
    ? h(
        "fieldset",
        { class: "field", "aria-describedby": descriptions(id) },
        h("legend", null, label),
        control.node,
        help,
        fault,
      )
    : h("div", { class: "field" }, h("label", { for: id }, label), control.node, help, fault);
  node.addEventListener("input", () => mark(null));
  /** @param {string | null} text */
  const mark = (text) => {
    fault.textContent = text ?? "";
    node.classList.toggle("wrong", Boolean(text));
    for (const input of node.querySelectorAll("input, select")) {
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
  };
  return {
    node,
    help,
    fault: mark,
    focus: () => {
      for (let parent = node.closest("details"); parent; parent = parent.parentElement?.closest("details") ?? null)
        parent.open = true;
      /** @type {HTMLElement | null} */ (node.querySelector("input, select"))?.focus({ preventScroll: true });
      node.scrollIntoView({ block: "center" });
    },
  };
}

/**
 * @typedef {{node: HTMLElement, group?: boolean, value: () => unknown, set: (value: unknown) => void,
 *   under: (text: string) => void}} Control
 */

/**
 * @param {Setting} setting
 * @param {string[]} columns
 * @param {string} id
 * @param {string} described
 * @returns {Control}
 */
function controlOf(setting, columns, id, described) {
  const props = { id, "aria-describedby": described };
  const choices = COLUMNS.has(setting.name) ? columns : (setting.choices ?? []);
  if (setting.list && choices.length) return boxes(choices, id);
  if (choices.length)
    return choice(choices, props, (name) => known(`choice.${setting.name}.${name}`) ?? known(`choice.${name}`) ?? name);
  if (/switch|bool/i.test(setting.kind))
    return choice(
      ["true", "false"],
      props,
      (name) => t(name === "true" ? "yes" : "no"),
      (name) => name === "true",
    );
  return typed(setting, props);
}

/**
 * One of several.
 * @param {string[]} names
 * @param {import("./dom.js").Props} props
 * @param {(name: string) => string} label
 * @param {(name: string) => unknown} [means]
 * @returns {Control}
 */
function choice(names, props, label, means = (name) => name) {
  const preset = h("option", { value: "" }, t("setup.preset"));
  const select = h(
    "select",
    props,
    preset,
    names.map((name) => h("option", { value: name }, label(name))),
  );
  return {
    node: select,
    value: () => (select.value ? means(select.value) : undefined),
    set: (value) => {
      select.value = value === undefined ? "" : String(value);
    },
    under: (text) => {
      preset.textContent = text
        ? t("setup.as", { value: names.includes(text) ? label(text) : (known(`default.${text}`) ?? text) })
        : t("setup.preset");
      select.title = preset.textContent ?? "";
    },
  };
}

/**
 * Some of several.
 * @param {string[]} names
 * @param {string} id
 * @returns {Control}
 */
function boxes(names, id) {
  const all = names.map((name, at) => h("input", { type: "checkbox", id: `${id}-${at}`, value: name }));
  const preset = h("p", { class: "under muted" });
  const list = h(
    "div",
    { class: "boxes" },
    all.map((box, at) =>
      h("label", { class: "box", for: box.id }, box, " ", known(`choice.${names[at]}`) ?? names[at]),
    ),
  );
  return {
    node: h("div", null, list, preset),
    group: true,
    value: () => {
      const chosen = all.filter((box) => box.checked).map((box) => box.value);
      return chosen.length ? chosen : undefined;
    },
    set: (value) => {
      const chosen = Array.isArray(value) ? value : [];
      for (const box of all) box.checked = chosen.includes(box.value);
    },
    under: (text) => {
      preset.textContent = t("setup.unticked", { value: (known(`default.${text}`) ?? text) || t("setup.presetOwn") });
    },
  };
}

/**
 * Numbers and texts, one or several.
 * @param {Setting} setting
 * @param {import("./dom.js").Props} props
 * @returns {Control}
 */
function typed(setting, props) {
  const numeric = /count|number|int|float/i.test(setting.kind);
  const input = h("input", {
    ...props,
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    inputmode: numeric && !setting.list ? "decimal" : null,
  });
  /** @param {string} text @returns {unknown} */
  const read = (text) => (numeric && text !== "" && Number.isFinite(Number(text)) ? Number(text) : text);
  return {
    node: input,
    value: () => {
      const text = input.value.trim();
      if (!text) return undefined;
      return setting.list
        ? text
            .split(/[,\s]+/)
            .filter(Boolean)
            .map(read)
        : read(text);
    },
    set: (value) => {
      input.value = value === undefined ? "" : Array.isArray(value) ? value.join(", ") : String(value);
    },
    under: (text) => {
      input.placeholder = text ? (known(`default.${text}`) ?? text) : "";
    },
  };
}
