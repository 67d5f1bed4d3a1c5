// @ts-check
// Shows a report with the code that shows it in the file, which the server lays beside this page.

import { h } from "./dom.js";
import { language } from "./language.js";
import { library } from "./figure.js";

/**
 * The verdict of a report, which stands first.
 * @param {any} document
 */
export function verdictBlock(document) {
  for (const section of document.sections) {
    const block = section.blocks.find((/** @type {any} */ one) => one.block === "verdict");
    if (!block) continue;
    return h("div", { class: `judgement ${block.tone}` }, h("p", { class: "judgement-title" }, say(block.headline)), h("p", null, say(block.text)));
  }
  return null;
}

/** A text of a report in the language of the page. @param {string | Record<string, string>} text */
function say(text) {
  return typeof text === "string" ? text : (text[language()] ?? text.en ?? "");
}

/**
 * Shows a report without what the page says itself: its title, and the verdict.
 * @param {HTMLElement} root
 * @param {any} report
 * @param {AbortSignal} signal
 */
export async function drawReport(root, report, signal) {
  await library();
  // @ts-ignore: it comes from the report's files
  const { renderReport } = await import("/assets/report.js");
  if (signal.aborted) return;
  const sections = report.sections
    .map((/** @type {any} */ section) => ({ ...section, blocks: section.blocks.filter((/** @type {any} */ one) => one.block !== "verdict") }))
    .filter((/** @type {any} */ section) => section.blocks.length);
  const leave = renderReport(root, { ...report, sections }, { language: language() });
  signal.addEventListener("abort", leave);
  root.querySelector(".head")?.remove();
  // Its contents lead to places in it; here the address says which view is shown.
  root.addEventListener("click", (event) => {
    const link = /** @type {Element} */ (event.target).closest("a[href^='#report-']");
    if (!link) return;
    event.preventDefault();
    const part = document.getElementById(link.getAttribute("href")?.slice(1) ?? "");
    const heading = part?.querySelector("h2");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
    part?.scrollIntoView();
  });
}
