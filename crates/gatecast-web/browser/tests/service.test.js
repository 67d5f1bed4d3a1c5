// What surrounds the views: the token, the API's page, models of texts, themes, and how much the first view loads.

import assert from "node:assert/strict";
import { mkdirSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { downloaded, drop, openPage, pageTest, settled, visit } from "../lib/browser.js";
import { prices } from "../lib/data.js";
import { gatecast } from "../lib/service.js";

const guarded = {
  args: ["--listen", "127.0.0.1", "--token", "open-sesame-open-sesame"],
  token: "open-sesame-open-sesame",
  expected: [/401/],
};

pageTest(
  "a service with a token asks for it, and the page remembers it",
  async (page, service) => {
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("heading", { name: "A token is needed" }).waitFor();
    await dialog.getByLabel("Token").fill("wrong");
    await dialog.getByRole("button", { name: "Use it" }).click();
    await dialog.getByText("The service does not accept this token.").waitFor();
    await dialog.getByLabel("Token").fill("open-sesame-open-sesame");
    await dialog.getByLabel("Token").press("Enter");
    await page.getByText("No files yet.").waitFor();
    await page.reload();
    await page.getByText("No files yet.").waitFor();
    assert.equal(await dialog.count(), 0);
    // Uploads, streams and downloads bear it too.
    await drop(page, "prices.csv", prices());
    await page.getByRole("link", { name: "Set up a forecast" }).click();
    await page.getByLabel("Epochs", { exact: true }).fill("2");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.locator(".badge.finished").waitFor();
    const csv = await downloaded(page, page.locator(".downloads").getByRole("button", { name: "Forecast (CSV)" }));
    assert.match(csv.bytes.toString(), /^date,/);
    await visit(page, service, "/api");
    await page.getByText("Authorization: Bearer").first().waitFor();
  },
  guarded,
);

pageTest(
  "a token in the address is taken out of it",
  async (page, service) => {
    const fresh = await openPage(service, guarded);
    assert.equal(service.entry, `${service.url}/#token=open-sesame-open-sesame`);
    await fresh.goto(service.entry);
    await fresh.getByText("No files yet.").waitFor();
    assert.equal(fresh.url(), `${service.url}/`);
    assert.equal(await fresh.getByRole("dialog").count(), 0);
    await fresh.getByRole("link", { name: "Models" }).click();
    await fresh.getByText("No models yet.").waitFor();
    assert.ok(!(await fresh.evaluate(() => history.length > 0 && location.href)).includes("sesame"));
    assert.deepEqual(fresh.complaints, []);
    // One that has no token is asked.
    await page.getByRole("dialog").waitFor();
  },
  guarded,
);

pageTest("the page of the API has every operation, each with a line for the shell", async (page, service) => {
  await visit(page, service, "/api");
  const api = await service.get("/openapi.json");
  const operations = Object.entries(api.paths).flatMap(([path, item]) =>
    ["get", "post", "put", "patch", "delete"]
      .filter((method) => method in item)
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.ok(operations.length > 15);
  const headings = (await page.locator("article h3").allTextContents()).map((one) => one.trim());
  for (const one of operations) assert.ok(headings.includes(one), `${one} is there`);
  for (const name of Object.keys(api.components?.schemas ?? {})) assert.ok(headings.includes(name), `${name} is there`);
  const lines = await page.locator("article code.command").allTextContents();
  assert.equal(lines.length, operations.length);
  assert.ok(lines.every((line) => line.startsWith("curl ") && line.includes(service.url)));
  // Links lead to what they name.
  for (const link of await page.locator("main a[href^='#']").all()) {
    const target = (await link.getAttribute("href")) ?? "";
    assert.equal(await page.locator(`[id="${decodeURIComponent(target.slice(1))}"]`).count(), 1, target);
  }
});

pageTest("sentences are classified and translated on their models' pages", async (page, service) => {
  const made = mkdtempSync(join(tmpdir(), "gatecast-texts-"));
  try {
    gatecast("demo", "sentiment", "--epochs", "4", "--out", join(made, "s"));
    gatecast("demo", "translation", "--epochs", "1", "--out", join(made, "t"));
    mkdirSync(service.models, { recursive: true });
    copyFileSync(join(made, "s/classifier.safetensors"), join(service.models, "headlines.safetensors"));
    copyFileSync(join(made, "t/translator.safetensors"), join(service.models, "dates.safetensors"));
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  await page.goto(`${service.url}/#/models`);
  await page.getByRole("link", { name: "headlines" }).click();
  const sentences = ["profits rise on strong demand", "the company warns of heavy losses"];
  await page.getByLabel("Texts to classify").fill(sentences.join("\n"));
  await page.getByRole("button", { name: "Classify" }).click();
  const table = page.getByRole("table", { name: "Results" });
  await table.waitFor();
  const { results } = await service.post("/v1/models/headlines/classify", { texts: sentences });
  assert.deepEqual(
    await table.locator("tbody tr td:nth-child(2)").allTextContents(),
    results.map((one) => one.label),
  );
  assert.deepEqual(await table.locator("tbody th").allTextContents(), sentences);

  await page.goto(`${service.url}/#/models/dates`);
  await page.getByLabel("Texts to translate").fill("the third of may 1998");
  await page.getByRole("button", { name: "Translate" }).click();
  await table.waitFor();
  const { translations } = await service.post("/v1/models/dates/translate", {
    texts: ["the third of may 1998"],
    beam: 5,
  });
  const first = translations[0];
  assert.equal(
    await table.locator("tbody td").textContent(),
    typeof first === "string" ? first : (first.translation ?? first.text),
  );
});

pageTest("the colours follow the system, or what was chosen", async (page) => {
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await settled(page);
  const light = await paper();
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await paper();
  assert.notEqual(dark, light);
  await page.getByLabel("Colours").selectOption("light");
  assert.equal(await paper(), light);
  await page.reload();
  await settled(page);
  assert.equal(await paper(), light, "the choice is kept");
  await page.getByLabel("Colours").selectOption("dark");
  await page.emulateMedia({ colorScheme: "light" });
  assert.equal(await paper(), dark);
  await page.getByLabel("Colours").selectOption("system");
  assert.equal(await paper(), light);
});

pageTest("an address that means nothing is said to mean nothing", async (page, service) => {
  for (const path of ["#/nowhere", "#/models/%E0%A4%A", "#/runs/1/2"]) {
    await page.goto(`${service.url}/${path}`);
    await page.getByText("There is no such page.").waitFor();
    await page.getByRole("link", { name: "Back to the start" }).click();
    await page.getByText("No files yet.").waitFor();
  }
});

pageTest("the first view is small", async (_page, service) => {
  const page = await openPage(service);
  const protocol = await page.context().newCDPSession(page);
  await protocol.send("Network.enable");
  let bytes = 0;
  let requests = 0;
  protocol.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength;
    requests += 1;
  });
  const start = Date.now();
  await page.goto(service.url);
  await page.getByText("No files yet.").waitFor();
  const took = Date.now() - start;
  await page.waitForLoadState("networkidle");
  console.log(`the first view: ${bytes} bytes in ${requests} requests, there after ${took} ms`);
  assert.ok(bytes > 10_000, "the bytes are counted");
  assert.ok(bytes <= 300_000, `${bytes} bytes`);
  assert.deepEqual(page.complaints, []);
});
