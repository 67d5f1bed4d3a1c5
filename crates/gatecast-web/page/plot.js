// @ts-check
// A chart on a canvas with what belongs to it: a text for who cannot see it, zoom by mouse and by buttons, a PNG.

import { button, fill, h, save } from "./dom.js";
import { language, number, t } from "./language.js";

/** @typedef {{label: string, values: (number | null)[], colour: string, width?: number, dash?: number[],
 *   points?: boolean, fillTo?: number, hidden?: boolean}} Line `fillTo` is the line that a band reaches down to */
/**
 * @typedef {object} Chart
 * @property {string} title the picture's name
 * @property {string} text what stands for it where it cannot be seen
 * @property {(string | number)[]} x dates, or numbers
 * @property {Line[]} lines
 * @property {number} [height]
 * @property {boolean} [zoom]
 * @property {string} [note] under it
 * @property {number} [mark] the index of a vertical line, such as where a forecast starts
 */

/** @type {Promise<any> | null} */
let loaded = null;

/** The library that draws, fetched when the first chart is shown; it is a script of the older kind. */
function library() {
  loaded ??= new Promise((done, failed) => {
    document.head.append(h("link", { rel: "stylesheet", href: "/assets/uPlot.min.css" }));
    const script = h("script", { src: "/assets/uPlot.iife.min.js", onload: () => done(/** @type {any} */ (window).uPlot), onerror: failed });
    document.head.append(script);
  });
  return loaded;
}

/** @param {string} name of a variable of the style sheet */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#888";
}

/** @param {(string | number)[]} x */
function places(x) {
  if (x.every((one) => typeof one === "number")) return { at: /** @type {number[]} */ (x), time: false, named: false };
  const at = x.map((one) => seconds(String(one)));
  const dated = at.every((one, index) => Number.isFinite(one) && (index === 0 || one > at[index - 1]));
  return dated ? { at, time: true, named: true } : { at: x.map((_, index) => index), time: false, named: true };
}

/** @param {string} date such as 2024, 2024-03, 2024-Q1, 2024-03-01 or 2024-03-01 10:30 */
function seconds(date) {
  const found = /^(\d{4})(?:-?Q(\d)|-(\d\d))?(?:-(\d\d))?(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?/.exec(date);
  if (!found) return NaN;
  const [, year, quarter, month, day, hour, minute, second] = found;
  return Date.UTC(Number(year), quarter ? Number(quarter) * 3 - 3 : Number(month ?? 1) - 1, Number(day ?? 1), Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0)) / 1000;
}

/**
 * A chart that draws itself once it is on the page.
 * @param {Chart} chart
 * @param {AbortSignal} [signal]
 */
export function plot(chart, signal) {
  const stage = h("div", { class: "stage", role: "img", "aria-label": chart.text });
  const tools = h("div", { class: "tools" });
  const node = h("figure", { class: "picture" }, stage, chart.note ? h("figcaption", { class: "muted" }, chart.note) : null, tools);
  /** @type {any} */
  let drawn = null;
  let current = chart;
  let { at, time, named } = places(chart.x);

  /** @param {any} uPlot */
  const options = (uPlot) => {
    const ink = colour("--muted");
    const grid = { stroke: colour("--line"), width: 1 };
    const axis = { stroke: ink, grid, ticks: { show: false }, font: "12px system-ui, sans-serif", gap: 6 };
    const names = { MMM: months("short"), MMMM: months("long"), WWW: days("short"), WWWW: days("long") };
    return {
      width: Math.max(stage.clientWidth, 200),
      height: current.height ?? 280,
      padding: [12, 12, 0, 0],
      tzDate: (/** @type {number} */ one) => uPlot.tzDate(new Date(one * 1000), "Etc/UTC"),
      fmtDate: (/** @type {string} */ form) => uPlot.fmtDate(plainDates(form), names),
      scales: { x: { time }, y: { range: (/** @type {any} */ _, /** @type {number} */ low, /** @type {number} */ high) => around(low, high) } },
      cursor: { drag: { x: Boolean(current.zoom), y: false }, points: { size: 6 } },
      legend: { live: true, markers: { width: 2 } },
      axes: [
        { ...axis, space: 70, ...(named && !time ? { values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map((tick) => String(current.x[tick] ?? "")) } : {}) },
        { ...axis, size: widest, values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map(short) },
      ],
      series: [
        { label: t("date"), value: (/** @type {any} */ _, /** @type {any} */ __, /** @type {any} */ ___, /** @type {number | null} */ index) => (index === null ? "–" : String(current.x[index])) },
        ...current.lines.map((line) => ({
          label: line.label,
          stroke: line.colour.startsWith("--") ? colour(line.colour) : line.colour,
          width: line.width ?? 1.5,
          dash: line.dash,
          points: { show: Boolean(line.points), size: 5 },
          spanGaps: false,
          value: (/** @type {any} */ _, /** @type {number | null} */ value) => number(value, 5),
        })),
      ],
      bands: current.lines.flatMap((line, index) => (line.fillTo === undefined ? [] : [{ series: [index + 1, line.fillTo + 1], fill: colour(`${line.colour}-fill`) }])),
      hooks: {
        drawClear: [(/** @type {any} */ u) => {
          if (current.mark === undefined) return;
          const x = Math.round(u.valToPos(at[current.mark], "x", true));
          u.ctx.save();
          u.ctx.strokeStyle = ink;
          u.ctx.setLineDash([3, 4]);
          u.ctx.beginPath();
          u.ctx.moveTo(x, u.bbox.top);
          u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
          u.ctx.stroke();
          u.ctx.restore();
        }],
        setScale: [(/** @type {any} */ _, /** @type {string} */ key) => key === "x" && enable()],
      },
    };
  };
  const draw = async () => {
    const uPlot = await library();
    if (signal?.aborted) return;
    drawn?.destroy();
    drawn = new uPlot(options(uPlot), [at, ...current.lines.map((line) => line.values)], stage);
    // Lines that only bound a band say nothing in the legend that the band's other line does not.
    current.lines.forEach((line, index) => {
      if (line.hidden) drawn.root.querySelectorAll(".u-legend .u-series")[index + 1]?.classList.add("gone");
    });
    enable();
  };

  /** @param {(low: number, high: number) => [number, number]} change */
  const turn = (change) => {
    if (!drawn) return;
    const { min, max } = drawn.scales.x;
    const [low, high] = change(min, max);
    const [first, last] = [at[0], at[at.length - 1]];
    const size = Math.min(high - low, last - first);
    const from = Math.min(Math.max(low, first), last - size);
    drawn.setScale("x", { min: from, max: from + size });
  };
  const nearer = tool("+", t("picture.in"), () => turn((low, high) => [low + (high - low) / 4, high - (high - low) / 4]));
  const farther = tool("−", t("picture.out"), () => turn((low, high) => [low - (high - low) / 2, high + (high - low) / 2]));
  const earlier = tool("←", t("picture.earlier"), () => turn((low, high) => [low - (high - low) / 2, high - (high - low) / 2]));
  const later = tool("→", t("picture.later"), () => turn((low, high) => [low + (high - low) / 2, high + (high - low) / 2]));
  const all = tool(t("picture.all"), "", () => turn(() => [at[0], at[at.length - 1]]));
  const enable = () => {
    if (!drawn) return;
    const { min, max } = drawn.scales.x;
    // They stay focusable: a button that a keyboard stands on must not vanish.
    for (const one of [farther, earlier, later, all]) one.setAttribute("aria-disabled", String(min <= at[0] && max >= at[at.length - 1]));
  };
  const picture = button(t("picture.png"), () => drawn && png(drawn, current), { class: "quiet small" });
  fill(tools, chart.zoom ? [nearer, farther, earlier, later, all, h("span", { class: "muted hint" }, t("picture.zoom"))] : null, picture);

  let width = 0;
  const watcher = new ResizeObserver(() => {
    if (!stage.clientWidth || stage.clientWidth === width) return;
    width = stage.clientWidth;
    if (drawn) drawn.setSize({ width, height: current.height ?? 280 });
    else void draw();
  });
  watcher.observe(stage);
  const recolour = () => drawn && void draw();
  document.addEventListener("themechange", recolour, { signal });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour, { signal });
  signal?.addEventListener("abort", () => {
    watcher.disconnect();
    drawn?.destroy();
  });
  return {
    node,
    /** @param {Chart} next with as many lines, or it is drawn anew */
    update(next) {
      const same = next.lines.length === current.lines.length;
      current = next;
      ({ at, time, named } = places(next.x));
      stage.setAttribute("aria-label", next.text);
      if (drawn && same) drawn.setData([at, ...next.lines.map((line) => line.values)]);
      else if (drawn) void draw();
    },
  };
}

/**
 * @param {string} sign
 * @param {string} name
 * @param {() => void} act
 */
function tool(sign, name, act) {
  /** @type {HTMLButtonElement} */
  const made = button(sign, () => made.getAttribute("aria-disabled") !== "true" && act(), { class: "quiet small tool", ...(name ? { "aria-label": name, title: name } : {}) });
  return made;
}

/** @param {number} low @param {number} high */
function around(low, high) {
  const room = (high - low) * 0.06 || Math.abs(high) * 0.06 || 1;
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
  to.fillStyle = colour("--ground");
  to.fillRect(0, 0, canvas.width, canvas.height);
  to.fillStyle = colour("--ink");
  to.font = `600 ${14 * ratio}px system-ui, sans-serif`;
  to.fillText(chart.title, 12 * ratio, 23 * ratio);
  to.drawImage(from, 0, head);
  canvas.toBlob((blob) => blob && save(blob, `${chart.title.replace(/[^\p{L}\p{N}.-]+/gu, "-")}.png`));
}
