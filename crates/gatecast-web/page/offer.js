// @ts-check
// What the service offers: presets, settings, limits. Asked once.

import { get } from "./api.js";

/** @typedef {import("./contract.js").Offer} Offer */
/** @typedef {import("./contract.js").Setting} Setting */

/** @type {Promise<Offer> | null} */
let asked = null;

/** @returns {Promise<Offer>} */
export function offer() {
  asked ??= get("/v1/settings").catch((error) => {
    asked = null;
    throw error;
  });
  return asked;
}

/**
 * A setting's help and what each preset sets it to. The service says both in one text:
 * `Rows the network sees [default: 20; article: 5]`.
 * @param {Setting} setting
 * @returns {{help: string, defaults: Record<string, string>}}
 */
export function explained(setting) {
  const found = /^(.*?)\s*\[([^\]]*)\]\s*$/s.exec(setting.help);
  /** @type {Record<string, string>} */
  const defaults = {};
  for (const part of found ? found[2].split(";") : []) {
    const [names, ...value] = part.split(":");
    if (!value.length) continue;
    for (const name of names.split(",")) defaults[name.trim()] = value.join(":").trim();
  }
  if (!defaults.default && setting.default !== null && setting.default !== undefined) {
    defaults.default = Array.isArray(setting.default) ? setting.default.join(",") : String(setting.default);
  }
  return { help: (found ? found[1] : setting.help).replaceAll("‹", "").replaceAll("›", ""), defaults };
}

/**
 * What a preset sets a setting to, as it is shown.
 * @param {Setting} setting
 * @param {string} preset
 */
export function defaultOf(setting, preset) {
  const { defaults } = explained(setting);
  return defaults[preset] ?? defaults.default ?? "";
}
