// What holds in every view: no barrier for who cannot see or use a mouse, no sideways scrolling on a phone, no foreign
// words in Chinese. With SCREENSHOTS=FOLDER pictures of all of them are written there.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { openPage, settled, visit } from "../lib/browser.js";
import { PATIENCE, Service } from "../lib/service.js";
import { filled } from "../lib/views.js";

const axe = createRequire(import.meta.url)("axe-core");
const LONG = { timeout: 30 * PATIENCE };
const service = new Service();
/** @type {import("../lib/views.js").View[]} */
let views;

before(async () => {
  views = await filled(service);
}, LONG);
after(() => service.stop());

/**
 * Shows each view in turn.
 * @param {import("../lib/browser.js").Look} look
 * @param {(page: import("../lib/browser.js").WatchedPage, name: string) => Promise<void>} see
 */
async function each(look, see) {
  // The damaged model, and the series that cannot be drawn, are said to be so by a status.
  const expected = [/422 .*\/v1\/models\/damaged/, /422 .*\/series\?/];
  const page = await openPage(service, { expected, ...look });
  for (const { name, path, ready, act } of views) {
    await visit(page, service, path);
    if (ready) await page.locator(ready).first().waitFor();
    await act?.(page);
    await settled(page);
    await see(page, name);
  }
  const { complaints } = page;
  await page.context().close();
  assert.deepEqual(complaints, []);
}

for (const theme of /** @type {const} */ (["light", "dark"])) {
  test(`no view has a barrier that axe knows, ${theme}`, LONG, async () => {
    /** @type {string[]} */
    const found = [];
    await each({ theme }, async (page, name) => {
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() => /** @type {any} */ (window).axe.run());
      for (const one of violations)
        for (const node of one.nodes)
          found.push(`${name}: ${one.id}: ${node.target.join(" ")}: ${node.failureSummary}`);
    });
    assert.equal(found.join("\n"), "");
  });
}

for (const language of /** @type {const} */ (["en", "zh-Hant"])) {
  test(`no view scrolls sideways on a phone, ${language}`, LONG, async () => {
    /** @type {string[]} */
    const found = [];
    await each({ width: 360, height: 740, language }, async (page, name) => {
      const wide = await page.evaluate(() => {
        const all = [...document.querySelectorAll("body *")];
        return document.documentElement.scrollWidth <= 360
          ? null
          : all
              .filter((one) => one.getBoundingClientRect().right > 361)
              .slice(0, 5)
              .map((one) => `${one.tagName}.${one.className}`);
      });
      if (wide) found.push(`${name}: ${wide.join(", ")}`);
    });
    assert.equal(found.join("\n"), "");
  });
}

/** What is the same in Chinese: names, and what stands in the files of these views. */
const SAME = new RegExp(
  [
    "Gatecast|HTTP API|API|CSV|JSON|HTML|PNG|Parquet|Arrow|UTF-8|TWSE|TPEX|Yahoo|Stooq|Alpha Vantage|S&P 500|English",
    "GRU|LSTM|SimpleRNN|Dropout|Adam|MAE|MSE|RMSE|MASE|sMAPE|MAPE|CRPS|MSIS|WQL|OWA|Huber|ETS|Theta|CES|MSTL|Naive2",
    "SHA-256|BLEU|None|KB|MB|GB|[\\w-]+\\.(csv|safetensors|json)|profits rise on strong demand|heavy losses",
    "the third of may 1998",
  ].join("|"),
  "g",
);

/** @param {string} text */
function isEnglish(text) {
  const rest = text.replace(SAME, "").trim();
  // A Chinese sentence may name a setting. Words in small letters that stand alone are settings and columns; paths and
  // media types are the API's; layers have their names in every language.
  if (/\p{Script=Han}/u.test(rest) || /^[\da-z_-]*( ?[,·] ?[\da-z_-]*)*$/.test(rest)) return false;
  if (/^(\/|[a-z]+\/[a-z.+-]+$)/.test(rest)) return false;
  if (/^([a-z]+|\d+) [A-Z]\w*(\([A-Za-z]*\))?$/.test(rest)) return false;
  return /[A-Za-z]{3,}/.test(rest);
}

test("no view has English left in Chinese", LONG, async () => {
  /** @type {Set<string>} */
  const found = new Set();
  await each({ language: "zh-Hant" }, async (page, name) => {
    assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-Hant");
    const texts = await page.evaluate(() => {
      const texts = [document.title];
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walk.nextNode()) {
        const parent = walk.currentNode.parentElement;
        // What the service says is English, and is marked so; code is nobody's language.
        if (!parent?.closest("[lang=en], code, pre, script, style, noscript, textarea, .type, .method, .toc a"))
          texts.push(walk.currentNode.textContent ?? "");
      }
      for (const element of document.querySelectorAll("[aria-label], [title], [placeholder]"))
        if (!element.closest("[lang=en], article, textarea"))
          for (const name of ["aria-label", "title", "placeholder"]) texts.push(element.getAttribute(name) ?? "");
      return texts;
    });
    for (const text of texts) {
      if (isEnglish(text)) found.add(`${name}: ${text.trim()}`);
    }
  });
  assert.equal([...found].join("\n"), "");
});

test("the language is switched on the page and kept", LONG, async () => {
  const page = await openPage(service);
  await visit(page, service, "/#/runs");
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  await page.getByRole("button", { name: "繁體中文" }).click();
  await page.getByRole("heading", { name: "執行紀錄" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-Hant");
  await page.reload();
  await page.getByRole("heading", { name: "執行紀錄" }).waitFor();
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Runs" }).waitFor();
  // A browser that speaks Chinese is spoken to in Chinese.
  const other = await openPage(service, { language: "zh-Hant" });
  await visit(other, service, "/#/models");
  await other.getByRole("heading", { name: "模型" }).waitFor();
  assert.deepEqual([...page.complaints, ...other.complaints], []);
});

const folder = process.env.SCREENSHOTS;
test("pictures of every view", { ...LONG, skip: folder ? false : "SCREENSHOTS says where they go" }, async () => {
  mkdirSync(folder ?? "", { recursive: true });
  for (const width of [1280, 360])
    for (const theme of /** @type {const} */ (["light", "dark"]))
      for (const language of /** @type {const} */ (["en", "zh-Hant"]))
        await each({ width, height: width === 360 ? 740 : 900, theme, language }, async (page, name) => {
          const path = join(folder ?? "", `${name}-${width}-${theme}-${language}.png`);
          // The dialog covers the window, not the page.
          await page.screenshot({ path, fullPage: name !== "dialog" });
        });
});
