// The whole way without a mouse.

import assert from "node:assert/strict";
import { pageTest, settled } from "../lib/browser.js";

/** More stops than any way through a view has. */
const MANY = 120;

/**
 * Goes on with the tab key until the focus is on what bears a name, and sees that each stop can be seen.
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
async function tabTo(page, name) {
  const passed = [];
  for (let at = 0; at < MANY; at += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const element = /** @type {HTMLElement} */ (document.activeElement);
      const labels = [.../** @type {HTMLInputElement} */ ((element).labels ?? [])];
      const name = element.getAttribute("aria-label") ?? labels[0]?.textContent ?? element.textContent ?? "";
      // An input that is only for screen readers is shown by its label, a card by the card.
      const marks = [element, ...labels];
      const marked = marks.some((one) => {
        const style = getComputedStyle(one);
        return style.outlineStyle !== "none" || style.boxShadow !== "none";
      });
      const shown = element.classList.contains("sr-only") ? labels[0] : element;
      const box = shown.getBoundingClientRect();
      const [x, y] = [box.left + Math.min(box.width / 2, 40), box.top + Math.min(box.height / 2, 20)];
      const above = document.elementFromPoint(x, y);
      const seen = shown.contains(above) || labels.some((label) => label.contains(above));
      return { name: name.trim(), marked, seen, tag: element.tagName };
    });
    if (stop.tag === "BODY") continue;
    passed.push(stop.name);
    assert.ok(stop.marked, `the focus on "${stop.name}" can be seen`);
    assert.ok(stop.seen, `"${stop.name}" can be seen when it has the focus`);
    if (stop.name === name) return;
  }
  assert.fail(`the tab key does not reach "${name}", but: ${passed.join(", ")}`);
}

/**
 * @param {import("playwright-core").Page} page
 */
const focused = (page) => page.evaluate(() => document.activeElement?.textContent);

pageTest("from the start to a trained model with the keyboard alone", async (page, service) => {
  await settled(page);
  await tabTo(page, "Try the sample: S&P 500");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Set up a forecast" }).waitFor();
  await settled(page);
  // A new view is announced by its heading.
  assert.equal(await focused(page), await page.locator("h1").textContent());
  await tabTo(page, "Set up a forecast");
  await page.keyboard.press("Enter");
  await page.getByText("What to do", { exact: true }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === "H1");
  await tabTo(page, "Epochs");
  await page.keyboard.type("3");
  await tabTo(page, "Name of the model");
  await page.keyboard.type("by-keyboard");
  await tabTo(page, "Train");
  await page.keyboard.press("Enter");
  await page.locator(".badge.finished").waitFor();
  await page.locator(".judgement-title").waitFor();
  assert.deepEqual(
    (await service.get("/v1/models")).models.map((one) => one.name),
    ["by-keyboard"],
  );
  await tabTo(page, "Open the model");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "by-keyboard" }).waitFor();
});

pageTest("the file dialog, the skip link and a dialog answer to the keyboard", async (page, service) => {
  await settled(page);
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "Skip to the content");
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), "What comes next in your series?");
  await tabTo(page, "Choose a file");
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Space")]);
  await chooser.setFiles({
    name: "typed.csv",
    mimeType: "text/csv",
    buffer: Buffer.from("date,close\n2024-01-02,1\n2024-01-03,2\n"),
  });
  await page.getByRole("heading", { name: "typed.csv" }).waitFor();
  await settled(page);
  await tabTo(page, "Delete");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal((await service.get("/v1/files")).files.length, 1);
  assert.equal(await focused(page), "Delete", "the focus is where it was");
});
