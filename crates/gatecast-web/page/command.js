// @ts-check
// The command line that does the same as a run of the page.

/**
 * @typedef {{kind: "train" | "backtest", file: string, preset: string, settings: Record<string, unknown>,
 *   global: boolean, folds: number | null, name: string, reading: import("./contract.js").Reading}} Job
 */

/** @param {string} word as a shell takes it for one word */
function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * @param {Job} job
 * @returns {string}
 */
export function command({ kind, file, preset, settings, global, folds, name, reading }) {
  const words = ["gatecast", kind, quoted(file)];
  for (const [key, value] of Object.entries(reading)) if (value) words.push(`--${key}`, quoted(value));
  if (preset !== (global ? "panel" : "default")) words.push("--preset", preset);
  if (global) words.push("--global");
  if (kind === "backtest" && folds) words.push("--folds", String(folds));
  for (const [key, value] of Object.entries(settings)) {
    if (key === "preset") continue;
    words.push(`--${key}`, quoted(Array.isArray(value) ? value.join(",") : String(value)));
  }
  if (kind === "train" && name) words.push("--out", quoted(`${name}.safetensors`));
  return words.join(" ");
}
