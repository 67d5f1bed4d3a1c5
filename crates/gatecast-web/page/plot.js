// @ts-check
// A series as a line over time, with an axis of dates; the charts of reports count rows instead.

import { button, h, save } from "./dom.js";
import { language, number, t } from "./language.js";
import { figure, fileName, library, moves } from "./figure.js";

/** @typedef {{title: string, text: string, note?: string, label: string, x: (string | number)[], y: (number | null)[]}} Chart */

const HEIGHT = 320;
const NARROW = 240;

/** @param {string} name of a variable of the style sheet */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#888";
}

/**
 * Where the rows stand on the axis: at their dates or numbers, or one after the other where these cannot be read.
 * @param {(string | number)[]} x
 */
function places(x) {
  const numbers = x.map(Number);
  const whole = x.some((one) => !/^\d{4}$/.test(String(one)));
  if (whole && numbers.every(Number.isFinite)) return { at: numbers, time: false, named: false };
  const at = x.map((one) => seconds(String(one)));
  const dated = at.every((one, index) => Number.isFinite(one) && (index === 0 || one > at[index - 1]));
  return dated ? { at, time: true, named: true } : { at: x.map((_, index) => index), time: false, named: true };
}

/** @param {string} date such as 2024, 2024-03, 2024-Q1, 2024-03-01 or 2024-03-01 10:30 */
function seconds(date) {
  const found = /^(\d{4})(?:-?Q(\d)|-(\d\d))?(?:-(\d\d))?(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?/.exec(date);
  if (!found) return NaN;
  const [, year, quarter, month, day, hour, minute, second] = found;
  return (
    Date.UTC(
      Number(year),
      quarter ? Number(quarter) * 3 - 3 : Number(month ?? 1) - 1,
      Number(day ?? 1),
      Number(hour ?? 0),
      Number(minute ?? 0),
      Number(second ?? 0),
    ) / 1000
  );
}

/**
 * The chart, which draws itself once it is on the page.
 * @param {Chart} chart
 * @param {AbortSignal} signal
 */
export function plot(chart, signal) {
  const value = h("span", { class: "value" });
  const swatch = h("i");
  swatch.style.setProperty("--of", "var(--truth)");
  const place = h("div", { class: "place" });
  const canvas = h(
    "div",
    { class: "canvas" },
    h("div", { class: "legend" }, h("span", { class: "entry" }, swatch, chart.label, value)),
    place,
  );
  const { at, time, named } = places(chart.x);
  /** @type {any} */
  let drawn = null;

  const height = () => (place.clientWidth < 560 ? NARROW : HEIGHT);
  /** @param {any} uPlot */
  const options = (uPlot) => {
    const grid = { stroke: () => colour("--grid"), width: 1 };
    const axis = {
      stroke: () => colour("--muted"),
      grid,
      ticks: { show: false },
      font: "12px system-ui, sans-serif",
      gap: 6,
    };
    const names = { MMM: months("short"), MMMM: months("long"), WWW: days("short"), WWWW: days("long") };
    /** @param {any} _ @param {number[]} ticks */
    const asNamed = (_, ticks) => ticks.map((tick) => String(chart.x[tick] ?? ""));
    return {
      width: Math.max(place.clientWidth, 160),
      height: height(),
      padding: [12, 28, 0, 0],
      tzDate: (/** @type {number} */ one) => uPlot.tzDate(new Date(one * 1000), "Etc/UTC"),
      fmtDate: (/** @type {string} */ form) => uPlot.fmtDate(plainDates(form), names),
      scales: {
        x: { time },
        y: {
          range: (/** @type {any} */ _, /** @type {number} */ low, /** @type {number} */ high) => around(low, high),
        },
      },
      cursor: { drag: { x: true, y: false }, points: { size: 7 }, y: false },
      legend: { show: false },
      axes: [
        { ...axis, space: 70, ...(named && !time ? { values: asNamed } : {}) },
        { ...axis, size: widest, values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map(short) },
      ],
      series: [
        {},
        { stroke: () => colour("--truth"), width: 1.5, points: { show: chart.x.length < 3 }, spanGaps: false },
      ],
      hooks: {
        setCursor: [
          (/** @type {any} */ u) => {
            const row = u.cursor.idx;
            const there = row !== null && row !== undefined;
            value.textContent = there ? ` ${number(chart.y[row], 6)} · ${chart.x[row]}` : "";
          },
        ],
      },
    };
  };
  const start = async () => {
    const uPlot = await library();
    if (signal.aborted || drawn) return;
    drawn = new uPlot(options(uPlot), [at, chart.y], place);
  };
  /** @param {number} grow @param {number} shift */
  const move = (grow, shift) => {
    if (!drawn) return;
    const { min, max } = drawn.scales.x;
    const [first, last] = [at[0], at[at.length - 1]];
    const width = Math.min((max - min) * grow, last - first);
    const from = Math.min(Math.max((min + max) / 2 + shift * width - width / 2, first), last - width);
    drawn.setScale("x", { min: from, max: from + width });
  };
  let width = 0;
  const watcher = new ResizeObserver(() => {
    if (!place.clientWidth || place.clientWidth === width) return;
    width = place.clientWidth;
    if (drawn) drawn.setSize({ width, height: height() });
    else start().catch((error) => place.append(error.message));
  });
  watcher.observe(place);
  const repaint = () => drawn?.redraw(false, false);
  document.addEventListener("gatecast-theme", repaint, { signal });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint, { signal });
  signal.addEventListener("abort", () => {
    watcher.disconnect();
    drawn?.destroy();
  });
  const picture = button(t("picture.png"), () => drawn && png(drawn, chart), { class: "small" });
  return figure({ title: chart.title, text: chart.text, note: chart.note, tools: [...moves(move), picture] }, canvas);
}

/** @param {number} low @param {number} high */
function around(low, high) {
  if (low === null || high === null) return [0, 1];
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return [low - room, high + room];
}

/** @param {number} value */
function short(value) {
  return Math.abs(value) >= 100_000
    ? value.toLocaleString(language(), { notation: "compact", maximumFractionDigits: 2 })
    : value.toLocaleString(language(), { maximumSignificantDigits: 5 });
}

/** @param {any} _ @param {string[] | null} labels */
function widest(_, labels) {
  return 22 + 7 * Math.max(2, ...(labels ?? []).map((label) => label.length));
}

/** @param {"short" | "long"} month */
function months(month) {
  const form = new Intl.DateTimeFormat(language(), { month, timeZone: "UTC" });
  return Array.from({ length: 12 }, (_, at) => form.format(new Date(Date.UTC(2024, at, 1))));
}

/** @param {"short" | "long"} weekday */
function days(weekday) {
  const form = new Intl.DateTimeFormat(language(), { weekday, timeZone: "UTC" });
  return Array.from({ length: 7 }, (_, at) => form.format(new Date(Date.UTC(2024, 8, 1 + at))));
}

/** @param {string} form of uPlot, which writes dates as in America */
function plainDates(form) {
  return form
    .replaceAll("{M}/{D}/{YY}", "{YYYY}-{MM}-{DD}")
    .replaceAll("{M}/{D}", "{MM}-{DD}")
    .replaceAll("{h}:{mm}{aa}", "{HH}:{mm}")
    .replaceAll("{h}{aa}", "{HH}:00");
}

/**
 * Saves what is drawn, on the page's ground and under its title.
 * @param {any} drawn
 * @param {Chart} chart
 */
function png(drawn, chart) {
  /** @type {HTMLCanvasElement} */
  const from = drawn.ctx.canvas;
  const ratio = devicePixelRatio;
  const head = Math.round(34 * ratio);
  const canvas = document.createElement("canvas");
  canvas.width = from.width;
  canvas.height = from.height + head;
  const to = canvas.getContext("2d");
  if (!to) return;
  to.fillStyle = colour("--paper");
  to.fillRect(0, 0, canvas.width, canvas.height);
  to.fillStyle = colour("--ink");
  to.font = `600 ${14 * ratio}px system-ui, sans-serif`;
  to.fillText(chart.title, 12 * ratio, 23 * ratio);
  to.drawImage(from, 0, head);
  canvas.toBlob((blob) => blob && save(blob, fileName(chart.title)));
}
