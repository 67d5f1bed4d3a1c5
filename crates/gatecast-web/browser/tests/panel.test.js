// Many series in one file: one model for all, found by name and sorted by skill.

import assert from "node:assert/strict";
import { downloaded, drawnOn, drop, pageTest, settled } from "../lib/browser.js";
import { panel } from "../lib/data.js";

const SERIES = 30;

pageTest("a file of many series is trained as one model, whose series are found and sorted", async (page, service) => {
  await drop(page, "shops.csv", panel(SERIES));
  await page.getByText(`${SERIES} series with`).waitFor();
  await settled(page);
  await page.getByLabel("Find").fill("shop-2");
  assert.equal(await page.locator("tbody tr").count(), 10);
  await page.getByRole("button", { name: "shop-21" }).click();
  await page.getByRole("heading", { name: "shop-21" }).waitFor();
  await page.getByRole("img", { name: /^shop-21/ }).waitFor();

  await page.getByRole("link", { name: "Set up a forecast" }).click();
  await page.getByText("One model is trained for all series.").waitFor();
  await page.getByLabel("Horizon").fill("7");
  await page.getByLabel("Epochs", { exact: true }).fill("2");
  await page.getByLabel("Name of the model").fill("shops");
  await page.getByText("gatecast train shops.csv --global").waitFor();
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await page.locator(".badge.finished").waitFor();
  await page.locator(".judgement-title").waitFor();
  const run = (await service.get("/v1/runs")).runs[0];
  assert.equal(run.global, true);
  const { result } = await service.get(`/v1/runs/${run.id}`);
  assert.equal(result.scores.length, SERIES);

  // Sorted by skill, best first; once more, worst first.
  const table = page.getByRole("region", { name: "Each series" });
  const names = async () => table.locator("tbody th").allTextContents();
  const skills = new Map(result.scores.map((one) => [one.name, one.scores.skill]));
  const sort = table.getByRole("button", { name: "Skill" });
  for (const [state, sign] of /** @type {[string, number][]} */ ([
    ["descending", -1],
    ["ascending", 1],
  ])) {
    await sort.click();
    await table.locator(`th[aria-sort=${state}]`).waitFor();
    const order = (await names()).map((name) => sign * (skills.get(name) ?? NaN));
    assert.ok(order.length > 20);
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );
  }

  // One of them, with its forecast.
  await table.getByLabel("Find").fill("shop-07");
  assert.deepEqual(await names(), ["shop-07"]);
  await table.getByRole("button", { name: "shop-07" }).click();
  await table.getByRole("heading", { name: "shop-07" }).waitFor();
  await table.locator(".look canvas").first().waitFor();
  await settled(page);
  assert.ok(await drawnOn(table.locator(".look canvas").first()));
  assert.equal(await table.locator(".look tbody tr").count(), 7);

  // The forecasts of all of them in one file.
  const csv = await downloaded(page, page.locator(".downloads").getByRole("button", { name: "Forecast (CSV)" }));
  const asked = await service.request("/v1/models/shops/forecast", {
    json: { file: run.file.id },
    headers: { Accept: "text/csv" },
  });
  assert.equal(csv.bytes.toString(), await asked.text());
  assert.equal(csv.bytes.toString().trim().split("\n").length, 1 + 7 * SERIES);
});
