// @ts-check
// Shows a report with the code that shows it in the file, which the server lays beside this page.

import { language, t } from "./language.js";
import { library } from "./figure.js";

/** A text of a report in the language of the page. @param {any} text */
function say(text) {
  return typeof text === "string" ? text : String(text?.[language()] ?? text?.en ?? "");
}

/**
 * What a report begins with: its verdict and the figures for it.
 * @param {any} report
 * @returns {{headline: string, text: string, tone: string, items: [string, string][]}}
 */
export function opening(report) {
  const blocks = report.sections.find((/** @type {any} */ one) => one.id === "verdict")?.blocks ?? [];
  const verdict = blocks.find((/** @type {any} */ one) => one.block === "verdict");
  const facts = blocks.find((/** @type {any} */ one) => one.block === "facts");
  return {
    headline: say(verdict?.headline ?? ""),
    text: say(verdict?.text ?? ""),
    tone: verdict?.tone ?? "",
    items: (facts?.items ?? []).map((/** @type {any} */ [term, value]) => [say(term), say(value)]),
  };
}

/**
 * Shows a report without what the page says itself: its title, the verdict, and of many series the table.
 * @param {HTMLElement} root
 * @param {any} report
 * @param {boolean} many
 * @param {AbortSignal} signal
 */
export async function drawReport(root, report, many, signal) {
  await library();
  // @ts-ignore: it comes from the report's files
  const { renderReport } = await import("/assets/report.js");
  if (signal.aborted) return;
  const sections = report.sections
    .filter((/** @type {any} */ section) => section.id !== "verdict")
    .map((/** @type {any} */ section) =>
      many && section.id === "series"
        ? { ...section, blocks: section.blocks.filter((/** @type {any} */ one) => one.block !== "table") }
        : section,
    );
  const leave = renderReport(root, { ...report, sections }, { language: language() });
  signal.addEventListener("abort", leave);
  root.querySelector(".head")?.remove();
  // A table's region may bear the name of the section that it stands in; landmarks need names of their own.
  for (const region of root.querySelectorAll("[role=region]")) {
    region.setAttribute("aria-label", t("table.region", { name: region.getAttribute("aria-label") ?? "" }));
  }
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
