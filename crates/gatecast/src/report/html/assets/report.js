// Shows a document (`report::Document`): headings, sentences, tables that can be searched and sorted, and charts. The
// same elements as the HTML file has without scripts, so that one style suits both. Every text goes in as text, never as
// markup, whatever names of files and columns hold. What this file is not: it says nothing of its own.

import { drawChart, moveView } from "./charts.js";
import { say, word } from "./words.js";

/** @typedef {import("./words.js").Language} Language */

/**
 * An element with a class and what stands in it.
 * @param {string} tag
 * @param {string} name
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
function make(tag, name, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children);
  return element;
}

/**
 * Shows a document in `root`, in the place of what is there. Gives back what takes its charts away.
 * @param {HTMLElement} root
 * @param {any} report
 * @param {{ language: Language }} options
 * @returns {() => void}
 */
export function renderReport(root, report, { language }) {
  /** @type {{ destroy: () => void }[]} */
  const charts = [];
  const shown = (text) => say(language, text);
  const header = make("header", "head");
  header.append(make("h1", "", shown(report.title)), make("p", "purpose", shown(report.purpose)));
  header.append(make("p", "made", shown(report.made)));
  const list = document.createElement("ol");
  const contents = make("nav", "contents", list);
  contents.setAttribute("aria-label", word(language, "contents"));
  const body = make("div", "body");
  root.replaceChildren(header, contents, body);
  root.classList.add("report");
  for (const section of report.sections) {
    const link = make("a", "", shown(section.heading));
    link.setAttribute("href", `#report-${section.id}`);
    list.append(make("li", "", link));
    const heading = make("h2", "", shown(section.heading));
    heading.id = `report-${section.id}-heading`;
    const part = make("section", "", heading);
    part.id = `report-${section.id}`;
    part.setAttribute("aria-labelledby", heading.id);
    // In the page before its charts are drawn, which need to know how wide they are.
    body.append(part);
    for (const block of section.blocks) showBlock(part, block, language, charts);
  }
  return () => charts.forEach((chart) => chart.destroy());
}

/**
 * @param {HTMLElement} part
 * @param {any} block
 * @param {Language} language
 * @param {{ destroy: () => void }[]} charts
 */
function showBlock(part, block, language, charts) {
  const shown = (text) => say(language, text);
  switch (block.block) {
    case "verdict": {
      const headline = make("p", "headline", shown(block.headline));
      part.append(make("div", `verdict ${block.tone}`, headline, make("p", "", shown(block.text))));
      break;
    }
    case "paragraph":
      part.append(make("p", "", shown(block.text)));
      break;
    case "list":
      part.append(make("ul", "", ...block.items.map((item) => make("li", "", shown(item)))));
      break;
    case "facts": {
      const pair = ([name, value]) => make("div", "", make("dt", "", shown(name)), make("dd", "", shown(value)));
      part.append(make("dl", "facts", ...block.items.map(pair)));
      break;
    }
    case "table":
      part.append(showTable(block, language));
      break;
    case "chart":
      charts.push(...showChart(part, block, language));
      break;
    case "code":
      part.append(showCode(block, language));
      break;
    default:
    // A block of a later version: what it says stands in none of ours.
  }
}

/** A button with a text. @param {string} text @param {() => void} press */
function button(text, press) {
  const element = /** @type {HTMLButtonElement} */ (make("button", "", text));
  element.type = "button";
  element.addEventListener("click", press);
  return element;
}

/** @param {HTMLElement} part @param {any} block @param {Language} language */
function showChart(part, block, language) {
  const caption = make("strong", "", say(language, block.caption));
  const alternative = make("span", "", say(language, block.alternative));
  const place = make("div", "canvas");
  const figure = make("figure", "chart", make("figcaption", "", caption, alternative), place);
  part.append(figure);
  const handle = drawChart(place, block.data, language);
  if (!handle) return [];
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", `${caption.textContent}. ${alternative.textContent}`);
  const tools = make("div", "tools");
  if (block.data.chart === "forecast") {
    tools.append(
      button(word(language, "zoomIn"), () => moveView(handle, 0.5, 0)),
      button(word(language, "zoomOut"), () => moveView(handle, 2, 0)),
      button(word(language, "earlier"), () => moveView(handle, 1, -0.5)),
      button(word(language, "later"), () => moveView(handle, 1, 0.5)),
      button(word(language, "whole"), () => moveView(handle, Infinity, 0)),
    );
    tools.title = word(language, "zoomHint");
  }
  tools.append(button(word(language, "savePicture"), () => savePicture(handle, caption.textContent ?? "")));
  figure.append(tools);
  if (block.note) figure.append(make("p", "note", say(language, block.note)));
  return [handle];
}

/** @param {import("./charts.js").Handle} handle @param {string} title */
async function savePicture(handle, title) {
  const blob = await handle.png(title);
  if (!blob) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").toLowerCase()}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** @param {any} block @param {Language} language */
function showCode(block, language) {
  const code = make("pre", "", make("code", "", block.text));
  code.tabIndex = 0;
  const copy = button(word(language, "copy"), async () => {
    await navigator.clipboard.writeText(block.text);
    copy.textContent = word(language, "copied");
  });
  const caption = make("figcaption", "", make("strong", "", say(language, block.caption)));
  const figure = make("figure", "code", caption, code);
  // From a file there may be no clipboard.
  if (navigator.clipboard) figure.append(make("div", "tools", copy));
  return figure;
}

/** @param {any} table @param {Language} language */
function showTable(table, language) {
  const shown = (text) => say(language, text);
  const element = document.createElement("table");
  element.append(make("caption", "", shown(table.caption)));
  const heads = table.columns.map((column) => {
    const head = make("th", column.number ? "number" : "", shown(column.head));
    head.setAttribute("scope", "col");
    return head;
  });
  element.append(make("thead", "", make("tr", "", ...heads)));
  const marked = new Set(table.marked);
  const rows = table.rows.map((cells, at) => {
    const row = make("tr", marked.has(at) ? "marked" : "");
    cells.forEach((cell, column) => {
      const box = make(column === 0 ? "th" : "td", table.columns[column].number ? "number" : "", shown(cell));
      if (column === 0) box.setAttribute("scope", "row");
      row.append(box);
    });
    return row;
  });
  const body = make("tbody", "", ...rows);
  element.append(body);
  const scroll = make("div", table.long ? "scroll long" : "scroll", element);
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", shown(table.caption));
  const figure = make("figure", "table");
  if (table.long) {
    figure.append(findRows(rows, language));
    heads.forEach((head, column) => sortBy(head, heads, column, body, table.columns[column].number, language));
  }
  figure.append(scroll);
  if (table.note) figure.append(make("p", "note", shown(table.note)));
  return figure;
}

/** A field that hides the rows whose name does not hold what is typed. @param {HTMLElement[]} rows
 *  @param {Language} language */
function findRows(rows, language) {
  const field = document.createElement("input");
  field.type = "search";
  const count = make("span", "count", word(language, "found", rows.length, rows.length));
  count.setAttribute("role", "status");
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    let found = 0;
    for (const row of rows) {
      row.hidden = !(row.firstElementChild?.textContent ?? "").toLowerCase().includes(wanted);
      if (!row.hidden) found += 1;
    }
    count.textContent = word(language, "found", found, rows.length);
  });
  return make("div", "find", make("label", "", word(language, "find"), field), count);
}

/** Makes a head sort the rows by its column. @param {HTMLElement} head @param {HTMLElement[]} heads
 *  @param {number} column @param {HTMLElement} body @param {boolean} number @param {Language} language */
function sortBy(head, heads, column, body, number, language) {
  const name = head.textContent ?? "";
  const press = () => {
    const rising = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", rising ? "ascending" : "descending");
    const key = (row) => row.children[column].textContent ?? "";
    const order = (a, b) => {
      if (!number) return key(a).localeCompare(key(b), undefined, { numeric: true });
      const [x, y] = [parseFloat(key(a)), parseFloat(key(b))];
      // What is not known comes last, either way.
      if (Number.isNaN(x) || Number.isNaN(y)) return (Number.isNaN(x) - Number.isNaN(y)) * (rising ? 1 : -1);
      return x - y;
    };
    const rows = [...body.children].sort((a, b) => (rising ? order(a, b) : order(b, a)));
    body.replaceChildren(...rows);
  };
  const sort = button(name, press);
  sort.title = word(language, "sortBy", name);
  head.replaceChildren(sort);
}
