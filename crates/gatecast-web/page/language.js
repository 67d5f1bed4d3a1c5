// @ts-check
// The words of the page in English and in Chinese as it is written in Taiwan, and numbers and dates in either.

import { english } from "./english.js";

/** @typedef {"en" | "zh-Hant"} Language */
/** @typedef {keyof typeof english} Key */
/** @typedef {Record<string, string | number>} Values */

const KEPT = "gatecast-language";
/** @type {Record<string, string>} */
let words = english;
/** @type {Language} */
let spoken = "en";

/** @returns {Language} */
export function language() {
  return spoken;
}

/** The language that was chosen before, or the browser's if it is Chinese. */
export function preferredLanguage() {
  const kept = localStorage.getItem(KEPT);
  if (kept === "en" || kept === "zh-Hant") return kept;
  const first = (navigator.languages ?? [navigator.language])[0] ?? "en";
  return /^zh/i.test(first) ? "zh-Hant" : "en";
}

/**
 * Speaks another language from now on; what is on the page already must be made anew.
 * @param {Language} to
 * @param {boolean} [keep] whether it was chosen
 */
export async function speak(to, keep = false) {
  if (keep) localStorage.setItem(KEPT, to);
  words = to === "zh-Hant" ? { ...english, ...(await import("./chinese.js")).chinese } : english;
  spoken = to;
  document.documentElement.lang = to;
}

/**
 * The words for a key. `{n}` is filled in; `{n:row|rows}` says one word of one and another of many.
 * @param {Key} key
 * @param {Values} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  return fillIn(words[key] ?? key, values);
}

/**
 * The words for a key that may have none, such as those of a setting that is new.
 * @param {string} key
 * @returns {string | null}
 */
export function known(key) {
  return words[key] ?? null;
}

/**
 * @param {string} text
 * @param {Values} values
 */
function fillIn(text, values) {
  return text.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (_, name, one, many) => {
    const value = values[name];
    if (one !== undefined) return value === 1 ? one : many;
    return typeof value === "number" ? number(value) : String(value ?? "");
  });
}

/**
 * A number of a series, with as many digits as tell it apart.
 * @param {number | null | undefined} value
 * @param {number} [digits] significant ones
 */
export function number(value, digits = 4) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 10 ** (digits - 1)) {
    const decimals = Number.isInteger(value) || size >= 100_000 ? 0 : size >= 100 ? 2 : digits;
    return value.toLocaleString(spoken, { maximumFractionDigits: decimals });
  }
  if (size !== 0 && size < 1e-4) return value.toExponential(2);
  return value.toLocaleString(spoken, { maximumSignificantDigits: digits });
}

/**
 * A column of numbers with the same decimals.
 * @param {number[]} values
 * @returns {(value: number | null | undefined) => string}
 */
export function alike(values) {
  const sizes = values.filter(Number.isFinite).map(Math.abs);
  const largest = sizes.length ? Math.max(...sizes) : 0;
  const decimals = largest >= 10_000 ? 0 : largest >= 10 ? 2 : largest >= 0.1 ? 4 : 6;
  const form = new Intl.NumberFormat(spoken, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return (value) => (value === null || value === undefined || !Number.isFinite(value) ? "–" : form.format(value));
}

/**
 * A share as per cent.
 * @param {number | null | undefined} share
 * @param {number} [digits]
 * @param {boolean} [signed]
 */
export function percent(share, digits = 1, signed = false) {
  if (share === null || share === undefined || !Number.isFinite(share)) return "–";
  return share.toLocaleString(spoken, {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: signed ? "exceptZero" : "auto",
  });
}

/** @param {number} count */
export function bytes(count) {
  const units = ["B", "KB", "MB", "GB"];
  let at = 0;
  while (count >= 1000 && at < units.length - 1) {
    count /= 1000;
    at += 1;
  }
  return `${count.toLocaleString(spoken, { maximumFractionDigits: count < 10 && at > 0 ? 1 : 0 })} ${units[at]}`;
}

/** @param {string | null | undefined} time in the form of RFC 3339 */
export function when(time) {
  if (!time) return "–";
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  const form = /** @type {const} */ ({ dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
  return date.toLocaleString(spoken === "en" ? "en-GB" : "zh-TW", form);
}

/** @param {number} seconds */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 10) return t("seconds", { n: Math.round(seconds * 10) / 10 });
  if (seconds < 60) return t("seconds", { n: Math.round(seconds) });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t("minutes", { m: minutes, s: Math.round(seconds % 60) });
  return t("hours", { h: Math.floor(minutes / 60), m: minutes % 60 });
}
