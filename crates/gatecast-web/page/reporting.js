// @ts-check
// Shows a report with the code that draws it in the file, which the server lays beside this page.

import { h } from "./dom.js";
import { language } from "./language.js";

/**
 * @param {HTMLElement} root
 * @param {unknown} document_ of `GET /v1/runs/{id}/report?format=json`
 * @param {AbortSignal} signal
 */
export async function drawReport(root, document_, signal) {
  if (!document.querySelector("link[href='/assets/report.css']")) {
    document.head.append(h("link", { rel: "stylesheet", href: "/assets/report.css" }));
  }
  // @ts-ignore: it comes from the report's files
  const { renderReport } = await import("/assets/report.js");
  if (signal.aborted) return;
  root.replaceChildren();
  await renderReport(root, document_, { language: language() });
}
