// Charts of what a document holds: each function draws one kind into an element. Colours are those of report.css, read when
// drawn, so that a chart follows the theme. Lines are drawn by uPlot, which must be loaded before. What this file is not: it
// computes no score.
//
// Every function takes the element, the data as `report::ChartData` has them, and the language, and gives back a handle:
// `update(data)` shows other data of the same kind, `png(title)` is a picture, `destroy()` takes the chart away.

/* global uPlot */

import { say, word } from "./words.js";

/** @typedef {import("./words.js").Language} Language */
/** @typedef {{ update: (data: any) => void, png: (title: string) => Promise<Blob | null>, destroy: () => void,
 *              plot: any }} Handle */
/** @typedef {{ name: string, color: string, dash?: number[], width?: number, fill?: string, points?: boolean,
 *              hidden?: boolean }} Line */
/** @typedef {{ xs: number[], ys: (number | null)[][], lines: Line[], bands?: { upper: number, lower: number,
 *              color: string }[], xName: string, yName: string, tick?: (x: number) => string, full?: (x: number) => string,
 *              whole?: boolean, marks?: { x: number, text: string }[], zero?: boolean, diagonal?: boolean,
 *              yMin?: number, zoom?: boolean }} Picture */

const HEIGHT = 320;
const NARROW = 240;

/** Numbers as they are read: six digits that matter. */
const FORMAT = new Intl.NumberFormat("en", { maximumSignificantDigits: 6, useGrouping: false });

/**
 * A colour of the theme.
 * @param {Element} element
 * @param {string} name
 */
function color(element, name) {
  return getComputedStyle(element).getPropertyValue(`--${name}`).trim() || "#888";
}

/**
 * Draws a picture, with a legend that shows the values under the cursor.
 * @param {HTMLElement} element
 * @param {(data: any) => Picture} make
 * @param {any} data
 * @param {Language} language
 * @returns {Handle}
 */
function draw(element, make, data, language) {
  element.replaceChildren();
  const legend = element.appendChild(document.createElement("div"));
  legend.className = "legend";
  const place = element.appendChild(document.createElement("div"));
  place.className = "place";
  let picture = make(data);
  /** @type {HTMLElement[]} */
  let values = [];
  const heading = document.createElement("span");
  heading.className = "at";

  const showLegend = () => {
    values = [];
    const entries = picture.lines.map((line) => {
      const value = document.createElement("span");
      value.className = "value";
      values.push(value);
      if (line.hidden) return null;
      const entry = document.createElement("span");
      entry.className = line.fill && !line.width ? "entry area" : line.dash ? "entry dashed" : "entry";
      const swatch = entry.appendChild(document.createElement("i"));
      swatch.style.setProperty("--of", `var(--${line.color})`);
      entry.append(line.name, value);
      return entry;
    });
    legend.replaceChildren(...entries.filter((entry) => entry !== null), heading);
  };

  const showValues = (plot) => {
    const at = plot.cursor.idx;
    const there = at !== null && at !== undefined;
    heading.textContent = there ? (picture.full ?? picture.tick ?? FORMAT.format)(picture.xs[at]) : "";
    picture.lines.forEach((line, index) => {
      if (line.fill && !line.width && picture.bands) return;
      const value = there ? picture.ys[index][at] : null;
      values[index].textContent = value === null || value === undefined ? "" : ` ${FORMAT.format(value)}`;
    });
  };

  const options = () => {
    const axis = {
      stroke: () => color(element, "muted"),
      grid: { stroke: () => color(element, "grid"), width: 1 },
      ticks: { stroke: () => color(element, "grid"), width: 1, size: 4 },
      font: "12px system-ui, sans-serif",
      labelFont: "12px system-ui, sans-serif",
      labelSize: 20,
      labelGap: 2,
    };
    const width = Math.max(place.clientWidth, 160);
    const tick = picture.tick ?? ((x) => FORMAT.format(x));
    const ends = [picture.xs[0], picture.xs[picture.xs.length - 1]];
    const widest = Math.max(...ends.map((x) => tick(x).length));
    // Half of a label may stand beyond the last place.
    const beyond = Math.max(16, 3.4 * widest);
    return {
      width,
      height: width < 560 ? NARROW : HEIGHT,
      padding: [12, beyond, 0, 0],
      legend: { show: false },
      cursor: {
        drag: { x: picture.zoom ?? false, y: false, setScale: picture.zoom ?? false },
        points: { size: 7 },
        y: false,
      },
      scales: {
        x: { time: false, range: (_, low, high) => (low === high ? [low - 0.5, high + 0.5] : [low, high]) },
        y: {
          range: (_, low, high) => {
            if (low === null || high === null) return [0, 1];
            if (picture.diagonal) return [0, 1];
            const cut = picture.yMin === undefined ? low : Math.max(low, picture.yMin);
            const least = picture.zero ? Math.min(cut, 0) : cut;
            const most = picture.zero ? Math.max(high, 0) : high;
            const air = (most - least || Math.abs(most) || 1) * 0.06;
            return [picture.zero && least === 0 ? 0 : least - air, most + air];
          },
        },
      },
      axes: [
        {
          ...axis,
          label: picture.xName || undefined,
          size: 32,
          space: 24 + 7.5 * widest,
          incrs: picture.whole
            ? [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000]
            : undefined,
          values: (_, splits) => splits.map((x) => (picture.whole && x % 1 ? "" : tick(x))),
        },
        {
          ...axis,
          label: picture.yName,
          size: (_, labels) => 14 + 7 * Math.max(3, ...(labels ?? []).map((label) => label.length)),
          values: (_, splits) => splits.map((y) => FORMAT.format(Math.abs(y) < 1e-12 ? 0 : y)),
        },
      ],
      series: [
        {},
        ...picture.lines.map((line) => ({
          stroke: () => (line.width === 0 ? "transparent" : color(element, line.color)),
          width: line.width ?? 2,
          dash: line.dash,
          fill: line.fill && line.width ? () => color(element, line.fill) : undefined,
          points: { show: line.points ?? false, size: 7, fill: () => color(element, line.color) },
          spanGaps: false,
        })),
      ],
      bands: (picture.bands ?? []).map((band) => ({
        series: [band.upper + 1, band.lower + 1],
        fill: () => color(element, band.color),
      })),
      hooks: { setCursor: [showValues], draw: [drawMarks], drawClear: [drawZero] },
    };
  };

  /** Lines that belong to no series: zero, and places with a name. */
  const drawZero = (plot) => {
    if (!picture.zero && !picture.diagonal) return;
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = color(element, "muted");
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    if (picture.diagonal) {
      ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.moveTo(plot.valToPos(0, "x", true), plot.valToPos(0, "y", true));
      ctx.lineTo(plot.valToPos(1, "x", true), plot.valToPos(1, "y", true));
    } else {
      const y = plot.valToPos(0, "y", true);
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
    }
    ctx.stroke();
    ctx.restore();
  };

  const drawMarks = (plot) => {
    const { ctx, bbox } = plot;
    for (const mark of picture.marks ?? []) {
      const x = plot.valToPos(mark.x, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = color(element, "muted");
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
      const left = x > bbox.left + bbox.width / 2;
      ctx.textAlign = left ? "right" : "left";
      ctx.fillText(mark.text, x + (left ? -6 : 6) * devicePixelRatio, bbox.top + 14 * devicePixelRatio);
      ctx.restore();
    }
  };

  showLegend();
  let plot = new uPlot(options(), [picture.xs, ...picture.ys], place);
  const fit = () => {
    const width = Math.max(place.clientWidth, 160);
    if (width !== plot.width) plot.setSize({ width, height: width < 560 ? NARROW : HEIGHT });
  };
  const resized = new ResizeObserver(fit);
  resized.observe(place);
  const repaint = () => plot.redraw(false, false);
  document.addEventListener("gatecast-theme", repaint);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", repaint);

  return {
    get plot() {
      return plot;
    },
    update(next) {
      const lines = JSON.stringify(picture.lines);
      picture = make(next);
      if (JSON.stringify(picture.lines) === lines) {
        plot.setData([picture.xs, ...picture.ys]);
      } else {
        plot.destroy();
        showLegend();
        plot = new uPlot(options(), [picture.xs, ...picture.ys], place);
      }
    },
    png: (title) => exportPng(element, plot, picture, title),
    destroy() {
      resized.disconnect();
      document.removeEventListener("gatecast-theme", repaint);
      dark.removeEventListener("change", repaint);
      plot.destroy();
      element.replaceChildren();
    },
  };
}

/**
 * A picture of a chart, with its title and legend.
 * @param {HTMLElement} element
 * @param {any} plot
 * @param {Picture} picture
 * @param {string} title
 * @returns {Promise<Blob | null>}
 */
function exportPng(element, plot, picture, title) {
  const scale = devicePixelRatio;
  const source = plot.ctx.canvas;
  const canvas = document.createElement("canvas");
  const head = 64 * scale;
  canvas.width = source.width;
  canvas.height = source.height + head;
  const ctx = canvas.getContext("2d");
  if (!ctx) return Promise.resolve(null);
  ctx.fillStyle = color(element, "paper");
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.fillStyle = color(element, "ink");
  ctx.font = `600 ${16 * scale}px system-ui, sans-serif`;
  ctx.fillText(title, 16 * scale, 26 * scale);
  ctx.font = `${12 * scale}px system-ui, sans-serif`;
  let x = 16 * scale;
  for (const line of picture.lines) {
    if (line.hidden) continue;
    ctx.fillStyle = color(element, line.color);
    ctx.fillRect(x, 44 * scale, 18 * scale, (line.width === 0 ? 10 : 3) * scale);
    ctx.fillStyle = color(element, "ink");
    ctx.fillText(line.name, x + 24 * scale, 50 * scale);
    x += 24 * scale + ctx.measureText(line.name).width + 18 * scale;
  }
  ctx.drawImage(source, 0, head);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/** Places of a list, from 0. @param {unknown[]} list */
function places(list) {
  return list.map((_, index) => index);
}

/** A label short enough for an axis: no seconds, no distance from UTC. @param {string} label */
function short(label) {
  const time = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(label);
  return time ? `${time[1]} ${time[2]}` : label;
}

/**
 * The loss by epoch.
 * @param {HTMLElement} element
 * @param {any} data
 * @param {Language} language
 */
export function lossChart(element, data, language) {
  const make = (data) => {
    const lines = [{ name: word(language, "loss"), color: "truth" }];
    const ys = [data.loss];
    if (data.val_loss) {
      lines.push({ name: word(language, "valLoss"), color: "forecast" });
      ys.push(data.val_loss);
    }
    const kept = data.kept_epoch;
    return {
      xs: data.epochs,
      ys,
      lines: lines.map((line) => ({ ...line, points: data.epochs.length < 3 })),
      xName: word(language, "epoch"),
      yName: say(language, data.unit),
      whole: true,
      marks: kept > 0 && kept < data.epochs.at(-1) ? [{ x: kept, text: word(language, "keptEpoch", kept) }] : [],
    };
  };
  return draw(element, make, data, language);
}

/**
 * The norm of the gradient by epoch.
 * @param {HTMLElement} element
 * @param {any} data
 * @param {Language} language
 */
export function gradientChart(element, data, language) {
  const make = (data) => ({
    xs: data.epochs,
    ys: [data.norm],
    lines: [{ name: word(language, "norm"), color: "truth", points: data.epochs.length < 3 }],
    xName: word(language, "epoch"),
    yName: word(language, "norm"),
    whole: true,
    zero: true,
  });
  return draw(element, make, data, language);
}

/**
 * Forecasts beside what happened, with bands, and what follows the last row.
 * @param {HTMLElement} element
 * @param {any} data
 * @param {Language} language
 */
export function forecastChart(element, data, language) {
  const make = (data) => {
    const label = (x) => data.labels[Math.round(x)] ?? "";
    const lines = [];
    const ys = [];
    const bands = [];
    data.bands.forEach((band, index) => {
      const color = index === 0 && data.bands.length > 1 ? "band-wide" : "band";
      bands.push({ upper: ys.length, lower: ys.length + 1, color });
      const name = word(language, "band", band.level);
      lines.push({ name, color, width: 0, fill: color }, { name, color, width: 0, fill: color, hidden: true });
      ys.push(band.upper, band.lower);
    });
    if (data.baseline.length > 0) {
      lines.push({ name: say(language, data.baseline_name), color: "baseline", dash: [4, 4], width: 1.5 });
      ys.push(data.baseline);
    }
    lines.push({ name: word(language, "truth"), color: "truth", width: 1.5 });
    ys.push(data.actual);
    const few = data.labels.length - (data.cutoff ?? 0) < 3;
    lines.push({ name: word(language, "forecast"), color: "forecast", points: few });
    ys.push(data.forecast);
    return {
      xs: places(data.labels),
      ys,
      lines,
      bands,
      xName: "",
      yName: say(language, data.unit),
      tick: (x) => short(label(x)),
      full: label,
      whole: true,
      zoom: true,
      marks: data.cutoff === null ? [] : [{ x: data.cutoff, text: word(language, "lastKnown") }],
    };
  };
  return draw(element, make, data, language);
}

/**
 * The mean absolute error of each step ahead.
 * @param {HTMLElement} element
 * @param {any} data
 * @param {Language} language
 */
export function stepsChart(element, data, language) {
  const make = (data) => ({
    xs: data.model.map((_, index) => index + 1),
    ys: [data.naive, data.model],
    lines: besideLastValue(language, data.model.length < 40),
    xName: word(language, "step"),
    yName: `MAE (${say(language, data.unit)})`,
    whole: true,
    zero: true,
  });
  return draw(element, make, data, language);
}

/** The lines of the last value and of the model. @param {Language} language @param {boolean} points */
function besideLastValue(language, points) {
  return [
    { name: word(language, "lastValue"), color: "baseline", dash: [4, 4], points },
    { name: word(language, "model"), color: "forecast", points },
  ];
}

/**
 * The errors of each fold.
 * @param {HTMLElement} element
 * @param {any} data
 * @param {Language} language
 */
export function foldsChart(element, data, language) {
  const make = (data) => ({
    xs: data.folds.map((_, index) => index + 1),
    ys: [data.folds.map((fold) => fold.naive_mae), data.folds.map((fold) => fold.mae)],
    lines: besideLastValue(language, true),
    xName: word(language, "fold"),
    yName: `MAE (${say(language, data.unit)})`,
    full: (x) => data.folds[x - 1]?.label ?? "",
    whole: true,
    zero: true,
  });
  return draw(element, make, data, language);
}

/**
 * How errors are spread.
 * @param {HTMLElement} element
 * @param {any} data
 * @param {Language} language
 */
export function residualsChart(element, data, language) {
  const make = (data) => ({
    xs: data.bins.map((bin) => (bin.from + bin.to) / 2),
    ys: [data.bins.map((bin) => bin.naive), data.bins.map((bin) => bin.model)],
    lines: [
      { name: word(language, "lastValue"), color: "baseline", dash: [4, 4] },
      { name: word(language, "model"), color: "forecast", fill: "band-wide", width: 2 },
    ],
    xName: `${word(language, "error")} (${say(language, data.unit)})`,
    yName: word(language, "count"),
    zero: true,
  });
  return draw(element, make, data, language);
}

/**
 * The skill of many series, from the least to the most.
 * @param {HTMLElement} element
 * @param {any} data
 * @param {Language} language
 */
export function skillChart(element, data, language) {
  const make = (data) => {
    const last = Math.max(data.skill.length - 1, 1);
    const name = data.skill[0] < -1 ? "skillCut" : "skill";
    return {
      xs: data.skill.map((_, index) => (100 * index) / last),
      ys: [data.skill],
      lines: [{ name: word(language, "skill"), color: "forecast" }],
      xName: word(language, "shareOfSeries"),
      yName: word(language, name),
      yMin: -1,
      zero: true,
    };
  };
  return draw(element, make, data, language);
}

/**
 * Whether the probabilities of a classifier mean what they say.
 * @param {HTMLElement} element
 * @param {any} data
 * @param {Language} language
 */
export function calibrationChart(element, data, language) {
  const make = (data) => {
    const xs = [...new Set([...data.model, ...data.bag].map(([probability]) => probability))].sort((a, b) => a - b);
    const on = (bins) => {
      const right = new Map(bins.map(([probability, share]) => [probability, share]));
      return xs.map((x) => right.get(x));
    };
    return {
      xs,
      ys: [on(data.bag), on(data.model)],
      lines: [
        { name: word(language, "bag"), color: "baseline", dash: [4, 4], points: true },
        { name: word(language, "model"), color: "forecast", points: true },
      ],
      xName: word(language, "probability"),
      yName: word(language, "right"),
      diagonal: true,
    };
  };
  return draw(element, make, data, language);
}

/** What draws each kind of chart of a document. */
const DRAWN = {
  loss: lossChart,
  gradient: gradientChart,
  forecast: forecastChart,
  steps: stepsChart,
  folds: foldsChart,
  residuals: residualsChart,
  skill: skillChart,
  calibration: calibrationChart,
};

/**
 * Draws any chart of a document; gives nothing for a kind that is not known.
 * @param {HTMLElement} element
 * @param {any} data
 * @param {Language} language
 * @returns {Handle | null}
 */
export function drawChart(element, data, language) {
  const drawn = DRAWN[data.chart];
  return drawn ? drawn(element, data, language) : null;
}

/**
 * Moves the part of a chart that is shown: `grow` is how much wider it becomes, `shift` how many of its widths it moves.
 * @param {Handle} handle
 * @param {number} grow
 * @param {number} shift
 */
export function moveView(handle, grow, shift) {
  const plot = handle.plot;
  const xs = plot.data[0];
  const [low, high] = [xs[0], xs[xs.length - 1]];
  const { min, max } = plot.scales.x;
  const width = Math.min(Math.max((max - min) * grow, Math.min(4, high - low)), high - low);
  const middle = (min + max) / 2 + shift * width;
  const from = Math.min(Math.max(middle - width / 2, low), high - width);
  plot.setScale("x", { min: from, max: from + width });
}
