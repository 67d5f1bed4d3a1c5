// From a file to its forecast, as a person goes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { downloaded, drawnOn, drop, pageTest, settled } from "../lib/browser.js";
import { prices } from "../lib/data.js";

pageTest("a file that is dropped becomes a model, its report and its forecast", async (page, service) => {
  await drop(page, "prices.csv", prices());

  // What is in the file.
  await page.getByRole("heading", { name: "prices.csv" }).waitFor();
  assert.match(page.url(), /#\/files\/\w+$/);
  await page.getByRole("heading", { name: "Is the file right?" }).waitFor();
  await page.getByText("Nothing that needs your attention.").waitFor();
  await settled(page);
  assert.ok(await drawnOn(page.locator(".chart-place canvas")));
  await page.getByLabel("Column", { exact: true }).selectOption("volume");
  await page.getByRole("img", { name: /volume\. 160 values/ }).waitFor();

  // What shall differ from the preset.
  await page.getByRole("link", { name: "Set up a forecast" }).click();
  await page.getByRole("radio", { name: "Plain" }).check();
  await page.getByLabel("Epochs", { exact: true }).fill("900");
  await page.getByLabel("Units per layer").fill("16");
  await page.getByLabel("Horizon").fill("3");
  await page.getByLabel("Name of the model").fill("my-prices");
  const command = page.getByLabel("The same on the command line");
  const words =
    "gatecast train prices.csv --preset plain --horizon 3 --hidden 16 --epochs 900 --out my-prices.safetensors";
  assert.deepEqual(new Set((await command.textContent())?.split(" --")), new Set(words.split(" --")));
  await page.getByText("3 settings differ from the preset").waitFor();
  await page.reload();
  await page.getByText("3 settings differ from the preset").waitFor();
  assert.equal(await page.getByLabel("Epochs", { exact: true }).inputValue(), "900");

  // How training goes: the epochs that the page shows are noted down, since they pass quickly.
  await page.evaluate(() => {
    const seen = new Set();
    Object.assign(window, { seenEpochs: seen });
    new MutationObserver(() => {
      const epoch = /(\d+) of 900/.exec(document.querySelector(".live")?.textContent ?? "");
      if (epoch) seen.add(epoch[1]);
      if (document.querySelector(".live canvas")) seen.add("charts");
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await page.getByRole("heading", { name: "my-prices · training" }).waitFor();

  // What came of it.
  await page.locator(".badge.finished").waitFor();
  const title = page.locator(".judgement-title");
  await title.waitFor();
  const seen = await page.evaluate(() => [.../** @type {any} */ (window).seenEpochs]);
  assert.ok(seen.includes("charts"), "charts are drawn while the network learns");
  assert.ok(seen.length >= 3, `epochs are shown as they come: ${seen}`);
  const run = (await service.get("/v1/runs")).runs[0];
  assert.deepEqual(run.settings, { preset: "plain", horizon: 3, hidden: [16], epochs: 900 });
  const report = await service.get(`/v1/runs/${run.id}/report?format=json`);
  await page.locator(".report-place h2").first().waitFor();
  const shown = await page.locator(".report-place h2").allTextContents();
  const sections = report.sections.filter((one) => one.id !== "verdict").map((one) => one.heading.en);
  for (const one of sections) assert.ok(shown.includes(one), `the report's part "${one}" is shown: ${shown}`);
  const verdict = report.sections.find((one) => one.id === "verdict").blocks.find((one) => one.block === "verdict");
  assert.equal(await title.textContent(), verdict.headline.en);

  // What can be taken along.
  const downloads = page.locator(".downloads");
  const csv = await downloaded(page, downloads.getByRole("button", { name: "Forecast (CSV)" }));
  const asked = await service.request("/v1/models/my-prices/forecast", {
    json: { file: run.file.id },
    headers: { Accept: "text/csv" },
  });
  assert.equal(csv.bytes.toString(), await asked.text());
  assert.equal(csv.bytes.toString().trim().split("\n").length, 4, "a header and three rows");
  const model = await downloaded(page, downloads.getByRole("button", { name: "Model file" }));
  assert.equal(model.name, "my-prices.safetensors");
  assert.ok(model.bytes.equals(readFileSync(join(service.models, "my-prices.safetensors"))));
  const html = await downloaded(page, downloads.getByRole("button", { name: "Report (HTML)" }));
  assert.match(html.bytes.toString(), /^<!doctype html>/i);
  const scores = await downloaded(page, downloads.getByRole("button", { name: "Scores (JSON)" }));
  assert.deepEqual(JSON.parse(scores.bytes.toString()), (await service.get(`/v1/runs/${run.id}`)).result);

  // What comes next, from the model's own page.
  await downloads.getByRole("link", { name: "Open the model" }).click();
  await page.getByRole("heading", { name: "my-prices", exact: true }).waitFor();
  await page.getByLabel("Or a file that is here already").selectOption({ label: "prices.csv" });
  await page.getByRole("button", { name: "Forecast", exact: true }).click();
  await page.getByRole("heading", { name: "What follows prices.csv" }).waitFor();
  await settled(page);
  assert.ok(await drawnOn(page.locator(".forecast canvas").first()));
  assert.equal(await page.locator(".forecast tbody tr").count(), 3);
  const picture = await downloaded(page, page.locator(".forecast").getByRole("button", { name: "Save as PNG" }));
  assert.equal(picture.bytes.subarray(1, 4).toString(), "PNG");
  assert.ok(picture.bytes.readUInt32BE(16) >= 600, "the picture is wide enough to print");
  assert.match(picture.name, /\.png$/);
  await page.getByRole("button", { name: "Backtest", exact: true }).click();
  await page.getByRole("heading", { name: "Forecasts of the test rows of prices.csv" }).waitFor();
});

pageTest("a file that is chosen in the browser's dialog is read", async (page) => {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByText("Choose a file").click()]);
  await chooser.setFiles({ name: "chosen.csv", mimeType: "text/csv", buffer: Buffer.from(prices()) });
  await page.getByRole("heading", { name: "chosen.csv" }).waitFor();
  await page.getByText("160 rows from 2022-01-03").waitFor();
});

pageTest("rows that are pasted are read", async (page) => {
  await page.getByRole("button", { name: "Paste rows" }).click();
  await page.getByLabel(/^Rows, with or without a header/).fill(prices(60));
  await page.getByRole("button", { name: "Read these rows" }).click();
  await page.getByRole("heading", { name: "pasted.csv" }).waitFor();
});

pageTest("the sample is there for who has no file", async (page) => {
  await page.getByRole("button", { name: "Try the sample: S&P 500" }).click();
  await page.getByRole("link", { name: "Set up a forecast" }).waitFor();
  await settled(page);
  assert.ok(await drawnOn(page.locator(".chart-place canvas")));
});

pageTest("a file, a run and a model can be deleted, and one is asked first", async (page, service) => {
  const file = await service.upload("prices.csv", prices());
  const run = await service.run({ kind: "train", file: file.id, name: "old", settings: { method: "drift" } });
  assert.equal(run.status, "finished");
  const sure = page.getByRole("dialog");
  await page.goto(`${service.url}/#/runs/${run.id}`);
  await page.getByRole("link", { name: "Open the model" }).waitFor();
  for (const [path, title, after] of [
    ["#/models/old", "Delete the model?", "No models yet"],
    [`#/runs/${run.id}`, "Forget the run?", "Nothing has been run yet"],
    [`#/files/${file.id}`, "Delete the file?", "No files yet"],
  ]) {
    await page.goto(`${service.url}/${path}`);
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await sure.getByRole("heading", { name: title }).waitFor();
    await sure.getByRole("button", { name: "Cancel" }).click();
    await sure.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await sure.getByRole("button", { name: "Delete" }).click();
    await page.getByText(after).waitFor();
    if (title !== "Delete the model?") continue;
    // Its run offers it no longer, nor what somebody may call so tomorrow.
    await page.goto(`${service.url}/#/runs/${run.id}`);
    await page.getByText("Its model was deleted.").waitFor();
    assert.equal(await page.getByRole("link", { name: "Open the model" }).count(), 0);
  }
  assert.deepEqual((await service.get("/v1/files")).files, []);
  assert.deepEqual((await service.get("/v1/models")).models, []);
  assert.deepEqual((await service.get("/v1/runs")).runs, []);
});
