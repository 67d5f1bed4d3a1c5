// Runs that do not go to their end: cancelled, interrupted, failed, refused; and a backtest, which has no model.

import assert from "node:assert/strict";
import { drop, pageTest, settled } from "../lib/browser.js";
import { broken, ghosted, prices } from "../lib/data.js";
import { ENDLESS, SMALL } from "../lib/service.js";

pageTest("a run is cancelled from its page and from the list", async (page, service) => {
  const file = await service.upload("prices.csv", prices());
  const job = { kind: "train", file: file.id, settings: ENDLESS };
  const first = await service.post("/v1/runs", { ...job, name: "first" });
  const second = await service.post("/v1/runs", { ...job, name: "second" });
  const third = await service.post("/v1/runs", { ...job, name: "third" });

  // The others wait behind the first.
  await page.goto(`${service.url}/#/runs/${second.id}`);
  await page.locator(".badge.queued").waitFor();
  await page.getByText("Next in the queue").waitFor();
  await page.goto(`${service.url}/#/runs/${third.id}`);
  await page.getByText("1 run in the queue before this one").waitFor();
  await page.getByRole("button", { name: "Cancel the run" }).click();
  await page.locator(".badge.cancelled").waitFor();
  await page.goto(`${service.url}/#/runs/${first.id}`);
  await page.locator(".live canvas").first().waitFor();
  await page.getByRole("button", { name: "Cancel the run" }).click();
  await page.locator(".badge.cancelled").waitFor();
  await page.getByText("It was cancelled before it was done.").waitFor();
  await page.getByRole("button", { name: "Run again" }).waitFor();
  assert.equal((await service.until(first.id, "cancelled")).model, null);

  await service.until(second.id, "running");
  await page.getByRole("link", { name: "Runs" }).first().click();
  const row = page.getByRole("row", { name: /^second/ });
  await row.getByText("running").waitFor();
  await row.getByRole("button", { name: "Cancel" }).click();
  await row.getByText("cancelled").waitFor();
  await service.until(second.id, "cancelled");
});

pageTest(
  "a run that the service's end interrupted is shown as such and can be run again",
  async (page, service) => {
    const file = await service.upload("prices.csv", prices());
    const run = await service.post("/v1/runs", { kind: "train", file: file.id, name: "long", settings: ENDLESS });
    const next = await service.post("/v1/runs", { kind: "train", file: file.id, name: "short", settings: SMALL });
    await page.goto(`${service.url}/#/runs/${run.id}`);
    await page.locator(".live canvas").first().waitFor();

    await service.kill();
    await page.getByText("The connection is gone; trying again.").waitFor();
    await service.start();
    // The page finds out by itself, and says the same after a reload.
    await page.locator(".badge.interrupted").waitFor();
    await page.reload();
    await page.locator(".badge.interrupted").waitFor();
    await page.getByText("The service ended in the middle of it.").waitFor();

    // What was queued went on.
    assert.equal((await service.until(next.id, "finished", "failed")).status, "finished");

    await page.getByRole("button", { name: "Run again" }).click();
    await page.waitForFunction((old) => !location.hash.endsWith(`/${old}`), run.id);
    await page.getByRole("button", { name: "Cancel the run" }).waitFor();
    const again = (await service.get("/v1/runs")).runs.find(
      (one) => one.status === "running" || one.status === "queued",
    );
    assert.deepEqual(again.settings, run.settings);
    assert.equal(again.name, "long");
    await service.cancel(again.id);
    await page.locator(".badge.cancelled").waitFor();

    // Its settings can be changed instead.
    await page.getByRole("button", { name: "Change settings" }).click();
    await page.getByLabel("Epochs", { exact: true }).waitFor();
    assert.equal(await page.getByLabel("Epochs", { exact: true }).inputValue(), String(ENDLESS.epochs));
    assert.equal(await page.getByLabel("Name of the model").inputValue(), "long");
  },
  { expected: [/net::ERR_/] },
);

pageTest(
  "a file that cannot be read is refused with what to do",
  async (page) => {
    await drop(page, "empty.csv", "date,close\n");
    const problem = page.getByRole("alert");
    await problem.getByText("empty.csv cannot be used").waitFor();
    await problem.getByText("empty.csv has a header but no rows").waitFor();
    await problem.getByText("What to do:").waitFor();
    await problem.getByText("a row for each day, hour or month").waitFor();
    // Another file can follow at once.
    await drop(page, "prices.csv", prices());
    await page.getByRole("heading", { name: "prices.csv" }).waitFor();
  },
  { expected: [/422/] },
);

pageTest(
  "what a file leaves open is said on the page",
  async (page, service) => {
    const rows = Array.from({ length: 12 }, (_, day) => `${String(day + 1).padStart(2, "0")}/04/2018,${80 + day}.5`);
    await drop(page, "open.csv", `Date,Close\n${rows.join("\n")}\n`);
    await page.getByText("a date such as 01/04/2018 can be read in more than one way").waitFor();
    const order = page.getByLabel("Order of dates");
    await order.selectOption({ label: "day, month, year" });
    await page.getByRole("button", { name: "Read again" }).click();
    await page.getByText("12 rows from 2018-04-01 to 2018-04-12").waitFor();

    // It can be changed later, and what fails changes nothing.
    assert.equal(await order.inputValue(), "dmy");
    await page.getByLabel("Time zone").fill("Mars/Olympus");
    await page.getByRole("button", { name: "Read again" }).click();
    await page.getByRole("alert").getByText("Mars/Olympus").waitFor();
    await page.getByLabel("Time zone").fill("");
    assert.equal((await service.get("/v1/files")).files[0].reading.dates, "dmy");
    await order.selectOption("mdy");
    await page.getByRole("button", { name: "Read again" }).click();
    await page.getByText("12 rows from 2018-01-04 to 2018-12-04").waitFor();

    // The command line is told too.
    await page.getByRole("link", { name: "Set up a forecast" }).click();
    await page.getByText("gatecast train open.csv --dates mdy").waitFor();
  },
  { expected: [/422/] },
);

pageTest("a file is cleaned on its page", async (page, service) => {
  await drop(page, "ghosts.csv", ghosted());
  await page.getByText("1 kind of fault would reach the network.").waitFor();
  await page.getByRole("button", { name: "Clean it" }).click();
  await page.locator("main").getByText(/ rows would be left, 1 left out\./).waitFor();
  await page.getByText("line 32 · 2022-02-12").last().waitFor();
  await page.getByRole("button", { name: "Use the cleaned file" }).click();
  await page.getByRole("heading", { name: "ghosts-clean.csv" }).waitFor();
  await page.getByText("Nothing that needs your attention.").waitFor();
  assert.equal((await service.get("/v1/files")).files.length, 2);
});

pageTest("a file without numbers is not said to be right", async (page) => {
  await drop(page, "words.txt", "hello world\nthis is no table\n");
  await page.getByText("No column of numbers was found").waitFor();
  assert.equal(await page.getByText("Nothing that needs your attention.").count(), 0);
});

pageTest(
  "faults of a file are shown with their place and what to do",
  async (page) => {
    await drop(page, "faulty.csv", broken());
    const finding = page.locator(".finding.serious");
    await finding.getByText(/1\.2\.3/).waitFor();
    const said = await finding.innerText();
    assert.match(said, /line 12 · 2022-01-17/);
    assert.match(said, /What to do:/);
    await page.getByText("1 kind of fault would reach the network.").waitFor();
    // The chart does not say it again.
    await page.getByText("There is a chart once the rows can be read").waitFor();
    assert.equal(await page.getByText(/1\.2\.3/).count(), 1);

    // Trained all the same, the run fails and says where.
    await page.getByRole("link", { name: "Set up a forecast" }).click();
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.locator(".badge.failed").waitFor();
    const why = await page.locator(".problem").innerText();
    assert.match(why, /1\.2\.3/);
    assert.match(why, /line 12 · column close/);
    assert.match(why, /What to do:/);
  },
  // The chart cannot be drawn.
  { expected: [/422 .*\/series/] },
);

pageTest(
  "a setting that is wrong is said beside its field",
  async (page, service) => {
    const file = await service.upload("prices.csv", prices());
    await page.goto(`${service.url}/#/files/${file.id}/train`);
    // One that is folded away, so that it must be unfolded to be seen.
    await page.locator("summary", { hasText: "Training" }).click();
    await page.getByLabel("Learning rate", { exact: true }).fill("fast");
    await page.locator("summary", { hasText: "Training" }).click();
    await page.getByRole("button", { name: "Train", exact: true }).click();
    const field = page.getByLabel("Learning rate", { exact: true });
    await page.waitForFunction(() => document.activeElement?.getAttribute("aria-invalid") === "true");
    assert.ok(await field.evaluate((element) => element === document.activeElement), "the focus is on the field");
    assert.ok(await field.isVisible());
    const described = await field.evaluate((element) =>
      (element.getAttribute("aria-describedby") ?? "")
        .split(" ")
        .map((id) => document.getElementById(id)?.textContent)
        .join(" "),
    );
    assert.match(described, /fast/);
    await field.fill("");

    // What is no setting of a forecast too.
    const name = page.getByLabel("Name of the model", { exact: true });
    await name.fill("../evil");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.getByText('"../evil" cannot be the name of a model').waitFor();
    assert.ok(await name.evaluate((element) => element === document.activeElement));
    assert.equal(await name.getAttribute("aria-invalid"), "true");
    await name.fill("good");
    assert.equal(await name.getAttribute("aria-invalid"), null);
    assert.deepEqual((await service.get("/v1/runs")).runs, []);
  },
  { expected: [/422/] },
);

pageTest("a backtest with folds shows its verdict and no model", async (page, service) => {
  const file = await service.upload("prices.csv", prices());
  await page.goto(`${service.url}/#/files/${file.id}/train`);
  await page.getByRole("radio", { name: "Backtest" }).check();
  const folds = page.getByLabel("Folds", { exact: true });
  await folds.fill("three");
  await page.getByRole("button", { name: "Run the backtest" }).click();
  await page.getByText("The number of folds is a whole number").waitFor();
  assert.ok(await folds.evaluate((element) => element === document.activeElement));
  await folds.fill("3");
  await page.getByLabel("Epochs", { exact: true }).fill("2");
  await page.getByText("--folds 3").waitFor();
  await page.getByRole("button", { name: "Run the backtest" }).click();
  await page.locator(".badge.finished").waitFor();
  await page.locator(".judgement-title").waitFor();
  await page.locator(".report-place h2").first().waitFor();
  await settled(page);
  const run = (await service.get("/v1/runs")).runs[0];
  assert.equal(run.kind, "backtest");
  assert.equal(run.folds, 3);
  assert.equal((await service.get(`/v1/runs/${run.id}`)).result.folds.length, 3);
  assert.equal(await page.getByRole("link", { name: "Open the model" }).count(), 0);
  assert.equal(await page.getByRole("button", { name: "Forecast (CSV)" }).count(), 0);
  await page.getByRole("link", { name: "Runs" }).first().click();
  await page.getByRole("link", { name: "prices.csv · backtest" }).waitFor();
});
