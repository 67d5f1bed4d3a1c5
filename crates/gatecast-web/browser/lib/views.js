// Every view of the page, and a service that has something to show in each.

import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { broken, panel, prices } from "./data.js";
import { ENDLESS, gatecast, Service, SMALL } from "./service.js";

/**
 * `ready` is what a view has to show before it is looked at.
 * @typedef {{name: string, path: string, ready?: string,
 *   act?: (page: import("playwright-core").Page) => Promise<void>}} View
 */

/**
 * Fills a service.
 * @param {Service} service
 * @returns {Promise<View[]>}
 */
export async function filled(service) {
  await textModels(service.models);
  await service.start();
  const file = await service.upload("prices.csv", prices());
  const many = await service.upload("shops.csv", panel());
  const faulty = await service.upload("faulty.csv", broken());
  const job = { kind: "train", file: file.id };

  const interrupted = await service.post("/v1/runs", { ...job, name: "interrupted", settings: ENDLESS });
  await service.until(interrupted.id, "running");
  await service.kill();
  await service.start();

  const train = await service.run({ ...job, name: "prices", settings: { ...SMALL, horizon: 5 } });
  const skilled = await service.run({ ...job, name: "drift", settings: { method: "drift" } });
  const global = await service.run({
    kind: "train",
    file: many.id,
    name: "shops",
    global: true,
    settings: { preset: "panel", members: 1, epochs: 2, horizon: 7 },
  });
  const backtest = await service.run({ kind: "backtest", file: file.id, folds: 3, settings: SMALL });
  const failed = await service.run({ kind: "train", file: faulty.id, name: "faulty", settings: SMALL });
  const cancelled = await service.post("/v1/runs", { ...job, name: "cancelled", settings: ENDLESS });
  await service.until(cancelled.id, "running");
  await service.cancel(cancelled.id);
  for (const run of [train, skilled, global, backtest])
    if (run.status !== "finished") throw new Error(`${run.name}: ${JSON.stringify(run.error)}`);
  // These two stay as they are while the views are looked at.
  const running = await service.post("/v1/runs", { ...job, name: "running", settings: ENDLESS });
  await service.until(running.id, "running");
  const queued = await service.post("/v1/runs", { ...job, name: "queued", settings: ENDLESS });

  const result = ".report-place h2";
  return [
    { name: "start", path: "/#/", ready: ".table" },
    { name: "start-paste", path: "/#/", act: async (page) => page.locator(".drop-ways button").first().click() },
    { name: "file", path: `/#/files/${file.id}`, ready: ".chart-place canvas" },
    { name: "file-faulty", path: `/#/files/${faulty.id}`, ready: ".finding" },
    { name: "file-many", path: `/#/files/${many.id}`, ready: ".chart-place canvas" },
    { name: "setup", path: `/#/files/${file.id}/train`, act: unfold },
    { name: "setup-backtest", path: `/#/files/${file.id}/train?kind=backtest` },
    { name: "setup-many", path: `/#/files/${many.id}/train` },
    { name: "runs", path: "/#/runs", ready: ".table" },
    { name: "run-finished", path: `/#/runs/${train.id}`, ready: result },
    { name: "run-method", path: `/#/runs/${skilled.id}`, ready: result },
    { name: "run-many", path: `/#/runs/${global.id}`, ready: result, act: pickSeries },
    { name: "run-backtest", path: `/#/runs/${backtest.id}`, ready: result },
    { name: "run-running", path: `/#/runs/${running.id}`, ready: ".live canvas" },
    { name: "run-queued", path: `/#/runs/${queued.id}`, ready: ".badge.queued" },
    { name: "run-failed", path: `/#/runs/${failed.id}`, ready: ".problem" },
    { name: "run-cancelled", path: `/#/runs/${cancelled.id}`, ready: ".badge.cancelled" },
    { name: "run-interrupted", path: `/#/runs/${interrupted.id}`, ready: ".badge.interrupted" },
    { name: "models", path: "/#/models", ready: ".table" },
    { name: "model", path: "/#/models/prices", act: forecast },
    { name: "model-many", path: "/#/models/shops" },
    { name: "model-classify", path: "/#/models/headlines", act: send("profits rise on strong demand\nheavy losses") },
    { name: "model-translate", path: "/#/models/dates", act: send("the third of may 1998") },
    { name: "model-broken", path: "/#/models/damaged", ready: ".problem" },
    { name: "dialog", path: `/#/files/${file.id}`, ready: ".chart-place canvas", act: askToDelete },
    { name: "lost", path: "/#/nowhere", ready: ".problem" },
    { name: "api", path: "/api", ready: "article" },
  ];
}

/** Models of texts and a damaged one. @param {string} models */
async function textModels(models) {
  mkdirSync(models, { recursive: true });
  const made = mkdtempSync(join(tmpdir(), "gatecast-texts-"));
  gatecast("demo", "sentiment", "--epochs", "4", "--out", join(made, "s"));
  gatecast("demo", "translation", "--epochs", "1", "--out", join(made, "t"));
  copyFileSync(join(made, "s/classifier.safetensors"), join(models, "headlines.safetensors"));
  copyFileSync(join(made, "t/translator.safetensors"), join(models, "dates.safetensors"));
  rmSync(made, { recursive: true });
  writeFileSync(join(models, "damaged.safetensors"), "this is no model");
}

/** @param {import("playwright-core").Page} page */
async function unfold(page) {
  for (const one of await page.locator("details.group > summary").all()) await one.click();
}

/** @param {import("playwright-core").Page} page */
async function pickSeries(page) {
  await page.locator("tbody button.link").first().click();
  await page.locator(".look canvas").first().waitFor();
}

/** @param {import("playwright-core").Page} page */
async function forecast(page) {
  await page.locator(".use select").selectOption({ label: "prices.csv" });
  await page.locator(".actions .primary:not(.drop *)").last().click();
  await page.locator(".forecast canvas").waitFor();
}

/** @param {string} texts */
function send(texts) {
  return async (/** @type {import("playwright-core").Page} */ page) => {
    await page.locator("textarea").fill(texts);
    await page.locator("form .primary").click();
    await page.locator("form + div table").waitFor();
  };
}

/** @param {import("playwright-core").Page} page */
async function askToDelete(page) {
  await page.locator(".heading .actions button.quiet").click();
  await page.locator("dialog").waitFor();
}
