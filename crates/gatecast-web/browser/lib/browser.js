// A browser for the tests of a file, and pages that tell of errors and of requests to anywhere else.

import assert from "node:assert/strict";
import test, { after } from "node:test";
import { chromium as driver } from "playwright-core";
import { chromium } from "./chromium.js";
import { PATIENCE, Service } from "./service.js";

/** @type {Promise<import("playwright-core").Browser> | null} */
let launched = null;

function browser() {
  if (!chromium) throw new Error("there is no Chromium: install it, or say in CHROMIUM where it lies");
  launched ??= driver.launch({
    executablePath: chromium,
    timeout: PATIENCE,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  return launched;
}

after(async () => (await launched)?.close());

/**
 * What a page may complain of in the console, since the test has it happen: a status such as 422, or that the service
 * is gone.
 * @typedef {RegExp[]} Expected
 * @typedef {{width?: number, height?: number, theme?: "light" | "dark", language?: "en" | "zh-Hant",
 *   expected?: Expected}} Look
 * @typedef {import("playwright-core").Page & {complaints: string[]}} WatchedPage
 */

/**
 * A page with nothing kept from others.
 * @param {Service} service
 * @param {Look} [look]
 * @returns {Promise<WatchedPage>}
 */
export async function openPage(
  service,
  { width = 1280, height = 900, theme = "light", language = "en", expected = [] } = {},
) {
  const context = await (
    await browser()
  ).newContext({
    viewport: { width, height },
    colorScheme: theme,
    locale: language === "en" ? "en-GB" : "zh-TW",
    acceptDownloads: true,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = /** @type {WatchedPage} */ (await context.newPage());
  page.complaints = [];
  page.on("console", (message) => {
    const text = `${message.text()} ${message.location().url}`;
    if (["error", "warning"].includes(message.type()) && !expected.some((one) => one.test(text)))
      page.complaints.push(`console: ${text}`);
  });
  page.on("pageerror", (error) => page.complaints.push(`error: ${error.stack ?? error}`));
  context.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== service.url && !["data:", "blob:"].includes(protocol))
      page.complaints.push(`request to elsewhere: ${request.url()}`);
  });
  return page;
}

/**
 * A test with a service and a page of its own. Errors in the console and requests to elsewhere fail every one.
 * @param {string} name
 * @param {(page: WatchedPage, service: Service) => Promise<void>} body
 * @param {Look & {args?: string[], token?: string}} [options]
 */
export function pageTest(name, body, options = {}) {
  test(name, { timeout: 6 * PATIENCE }, async () => {
    const service = new Service(options);
    try {
      await service.start();
      const page = await openPage(service, options);
      await page.goto(service.url);
      await body(page, service);
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    } finally {
      await service.stop();
    }
  });
}

/**
 * Goes to a view and waits until it stands there.
 * @param {import("playwright-core").Page} page
 * @param {Service} service
 * @param {string} path such as `/#/runs`
 */
export async function visit(page, service, path) {
  await page.goto("about:blank");
  await page.goto(service.url + path);
  await settled(page);
}

/**
 * Waits until a view has all its parts.
 * @param {import("playwright-core").Page} page
 */
export async function settled(page) {
  await page.locator("main h1").waitFor();
  await page.waitForFunction(() => {
    const waits = [...document.querySelectorAll("main h1, main p.muted")].some((one) =>
      /^(Loading …|載入中…)$/.test(one.textContent ?? ""),
    );
    const charts = [...document.querySelectorAll("main .canvas")];
    return (
      !waits &&
      !document.querySelector("[aria-busy]") &&
      charts.every((one) => one.querySelector("canvas") ?? one.closest("[hidden], details:not([open])"))
    );
  });
}

/**
 * Whether something has been drawn on a canvas.
 * @param {import("playwright-core").Locator} canvas
 */
export async function drawnOn(canvas) {
  return canvas.evaluate((element) => {
    const sheet = /** @type {HTMLCanvasElement} */ (element);
    const pixels = sheet.getContext("2d")?.getImageData(0, 0, sheet.width, sheet.height).data ?? [];
    return pixels.some((value) => value !== 0);
  });
}

/**
 * What a button has the browser save.
 * @param {import("playwright-core").Page} page
 * @param {import("playwright-core").Locator} button
 * @returns {Promise<{name: string, bytes: Buffer}>}
 */
export async function downloaded(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  const parts = [];
  for await (const part of await download.createReadStream()) parts.push(part);
  return { name: download.suggestedFilename(), bytes: Buffer.concat(parts) };
}

/**
 * Drops a file onto the box that takes one.
 * @param {import("playwright-core").Page} page
 * @param {string} name
 * @param {string} text
 */
export async function drop(page, name, text) {
  const data = await page.evaluateHandle(
    ([name, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name, { type: "text/csv" }));
      return data;
    },
    [name, text],
  );
  const box = page.locator(".drop");
  await box.dispatchEvent("dragenter", { dataTransfer: data });
  await box.dispatchEvent("drop", { dataTransfer: data });
}
