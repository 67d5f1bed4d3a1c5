// @ts-check
// What a file holds: how it was read, what is wrong with it, its columns, its series.

import { get, Problem, put, remove, upload } from "./api.js";
import { button, facts, fill, h, newId, save } from "./dom.js";
import { bytes, known, number, t, when } from "./language.js";
import { foreign, heading, problemBox, section, table } from "./parts.js";
import { readingForm } from "./reading.js";
import { announce, sure } from "./shell.js";

/** @typedef {import("./contract.js").StoredFile} StoredFile */
/** @typedef {import("./contract.js").Health} Health */
/** @typedef {import("./contract.js").PanelHealth} PanelHealth */
/** @typedef {import("./contract.js").Finding} Finding */
/** @typedef {import("./contract.js").SeriesHead} SeriesHead */

/** Rows that are named, of those that cleaning leaves out. */
const DROPPED = 20;

/** Kinds that reading takes care of by itself, so that nothing need be done. */
const HANDLED = new Set(["null-row", "missing-cell", "duplicate-row", "unsorted"]);

/**
 * @param {string[]} parts
 * @param {AbortSignal} signal
 * @returns {Promise<import("./parts.js").View>}
 */
export async function show([id], signal) {
  /** @type {StoredFile} */
  const file = await get(`/v1/files/${encodeURIComponent(id)}`, { signal });
  const address = `#/files/${encodeURIComponent(id)}`;
  const discard = async () => {
    if (!(await sure(t("file.delete"), t("file.deleteSure", { name: file.name }), t("delete")))) return;
    await remove(`/v1/files/${encodeURIComponent(id)}`);
    announce(t("deleted", { name: file.name }));
    location.hash = "#/";
  };
  /** @type {(Node | null)[]} */
  const nodes = [
    heading(file.name, {
      crumbs: [["#/", t("nav.start")]],
      lead: summary(file),
      actions: [
        h("a", { class: "button primary", href: `${address}/train` }, t("file.train")),
        button(t("delete"), discard, { class: "quiet" }),
      ],
    }),
  ];
  const inspection = file.inspection;
  if (inspection && "series" in inspection) nodes.push(...panel(file, inspection, signal));
  else if (inspection) nodes.push(...single(file, inspection, signal));
  nodes.push(again(file, signal));
  return { title: file.name, nodes };
}

/**
 * Reads the file in another way, and shows it anew.
 * @param {StoredFile} file
 * @param {AbortSignal} signal
 */
function again(file, signal) {
  const trouble = h("div");
  const read = async (/** @type {import("./contract.js").Reading} */ reading) => {
    fill(trouble);
    try {
      await put(`/v1/files/${encodeURIComponent(file.id)}/reading`, reading);
      if (!signal.aborted) dispatchEvent(new Event("hashchange"));
    } catch (error) {
      if (!signal.aborted) fill(trouble, problemBox(error));
    }
  };
  return h("div", null, readingForm(file.reading, read), trouble);
}

/** How rows follow one another. @param {string} name */
const rhythm = (name) => known(`rhythm.${name}`) ?? foreign(name);

/** @param {StoredFile} file */
export function summary(file) {
  const inspection = file.inspection;
  if (inspection && !("series" in inspection) && inspection.first !== null) {
    return t("file.lead", { n: file.rows, first: String(inspection.first), last: String(inspection.last) });
  }
  return file.series > 1
    ? t("file.leadMany", { series: file.series, n: file.rows })
    : t("file.leadRows", { n: file.rows });
}

/**
 * @param {StoredFile} file
 * @param {Health} health
 * @param {AbortSignal} signal
 */
function single(file, health, signal) {
  const serious = health.findings.filter((finding) => !HANDLED.has(finding.kind));
  const handled = health.findings.filter((finding) => HANDLED.has(finding.kind));
  const remarks = [...health.remarks, ...health.notes];
  const bare = !health.columns.length;
  return [
    bare ? null : section(
          t("file.chart"),
          chart(file, file.target ?? health.columns[0].name, signal, { told: serious.length > 0 }),
        ),
    section(
      t("file.health"),
      bare ? h("p", { class: "problem" }, t("file.noNumbers")) : null,
      serious.length || bare ? null : h("p", { class: "good" }, t("file.sound")),
      serious.length ? h("p", null, t("file.serious", { n: serious.length })) : null,
      serious.map((finding) => found(finding, true)),
      handled.map((finding) => found(finding, false)),
      serious.some((finding) => finding.fixable) ? cleaning(file, signal) : null,
      remarks.length
        ? h(
            "ul",
            { class: "remarks" },
            remarks.map((text) => h("li", null, foreign(text))),
          )
        : null,
    ),
    section(
      t("file.read"),
      facts([
        [t("file.source"), known(`source.${health.source}`) ?? health.source],
        [
          t("rows"),
          `${number(health.rows)}${health.sound === health.rows ? "" : ` (${t("file.soundRows", { n: health.sound })})`}`,
        ],
        [t("file.from"), health.first],
        [t("file.to"), health.last],
        [t("file.rhythm"), rhythm(health.rhythm)],
        [t("file.lacking"), health.lacking ? number(health.lacking) : null],
        [t("file.dates"), known(`dates.${health.dates}`) ?? foreign(health.dates)],
        [t("file.decimal"), known(`decimal.${health.decimal}`) ?? health.decimal],
        [t("file.encoding"), health.encoding],
        [t("size"), bytes(file.bytes)],
        [t("uploaded"), when(file.created)],
      ]),
      table({
        caption: t("file.columns"),
        showCaption: true,
        rows: health.columns,
        columns: [
          { title: t("file.column"), head: true, cell: named },
          { title: t("file.numbers"), numeric: true, cell: (column) => number(column.numbers) },
          { title: t("file.missing"), numeric: true, cell: (column) => number(column.missing) },
          { title: t("file.unreadable"), numeric: true, narrow: true, cell: (column) => number(column.unreadable) },
          { title: t("lowest"), numeric: true, cell: (column) => number(column.lowest, 6) },
          { title: t("highest"), numeric: true, cell: (column) => number(column.highest, 6) },
        ],
      }).node,
    ),
  ];
}

/**
 * Offers the file without the faults that can be removed safely, and says first what would be done.
 * @param {StoredFile} file
 * @param {AbortSignal} signal
 */
function cleaning(file, signal) {
  const place = h("div", { class: "stack" });
  const name = file.name.replace(/(\.\w+)*$/, "-clean.csv");
  /** @param {() => Promise<unknown>} act */
  const attempt = (act) => act().catch((error) => signal.aborted || fill(place, problemBox(error)));
  const look = () =>
    attempt(async () => {
      /** @type {import("./contract.js").Clean} */
      const clean = await get(`/v1/files/${encodeURIComponent(file.id)}/clean`, { signal });
      const csv = new Blob([clean.csv], { type: "text/csv" });
      const { timezone, fill: filled, adjust } = file.reading;
      const kept = Object.entries({ timezone, fill: filled, adjust }).filter(([, value]) => value);
      const use = () =>
        attempt(async () => {
          const next = await upload(csv, name, Object.fromEntries(kept), () => {}, signal);
          location.hash = `#/files/${encodeURIComponent(next.id)}`;
        });
      const shown = clean.dropped.slice(0, DROPPED);
      fill(
        place,
        h("p", null, t("file.cleanRows", { n: clean.rows, dropped: clean.dropped.length })),
        h(
          "ul",
          { class: "remarks" },
          clean.changed.map((sentence) => h("li", null, foreign(sentence))),
          shown.map((spot) => h("li", null, h("span", { class: "where" }, placeOf(spot)), " ", foreign(spot.what))),
          clean.dropped.length > shown.length
            ? h("li", { class: "muted" }, t("file.more", { n: clean.dropped.length - shown.length }))
            : null,
        ),
        h("div", { class: "actions" }, [
          button(t("file.cleanUse"), use, { class: "primary" }),
          button(t("file.cleanSave"), () => save(csv, name)),
        ]),
      );
      announce(t("file.cleanRows", { n: clean.rows, dropped: clean.dropped.length }));
    });
  fill(place, h("div", { class: "actions" }, button(t("file.clean"), look)));
  return place;
}

/** Where something stands in a file. @param {import("./contract.js").Spot} spot */
function placeOf(spot) {
  const place = spot.line
    ? t("problem.line", { n: String(spot.line) })
    : t("problem.row", { n: String(spot.row ?? "") });
  return spot.date === null || spot.date === undefined ? place : `${place} · ${spot.date}`;
}

/** @param {import("./contract.js").ColumnHealth} column */
function named(column) {
  const other = column.header && column.header.toLowerCase() !== column.name.toLowerCase() ? column.header : null;
  return h("span", null, column.name, other ? h("span", { class: "muted" }, ` ${other}`) : null);
}

/**
 * A kind of fault with its places and what to do.
 * @param {Finding} finding
 * @param {boolean} serious
 */
function found(finding, serious) {
  const title = known(`finding.${finding.kind}`) ?? foreign(finding.title);
  const remedy = known(`finding.${finding.kind}.remedy`) ?? foreign(finding.remedy);
  const left = finding.count - finding.spots.length;
  return h(
    "details",
    { class: serious ? "finding serious" : "finding", open: serious },
    h(
      "summary",
      null,
      h("span", { class: "finding-title" }, title),
      " ",
      h("span", { class: "tally" }, number(finding.count)),
    ),
    h(
      "ul",
      null,
      finding.spots.map((spot) => h("li", null, h("span", { class: "where" }, placeOf(spot)), " ", foreign(spot.what))),
      left > 0 ? h("li", { class: "muted" }, t("file.more", { n: left })) : null,
    ),
    h("p", { class: "remedy" }, h("b", null, t("problem.remedy")), " ", remedy),
  );
}

/**
 * A chart of one column, with a choice of columns where there are several.
 * @param {StoredFile} file
 * @param {string} column
 * @param {AbortSignal} signal
 * @param {{series?: string, columns?: string[], told?: boolean}} [more] of a panel the name of the series and its
 *   columns; whether the page says already what is wrong with the rows
 */
function chart(file, column, signal, { series, columns = file.columns, told = false } = {}) {
  const place = h("div", { class: "chart-place" });
  const draw = async (/** @type {string} */ chosen) => {
    place.setAttribute("aria-busy", "true");
    try {
      const query = new URLSearchParams({ column: chosen });
      if (series !== undefined) query.set("name", series);
      const [{ seriesPicture }, thinned] = await Promise.all([
        import("./pictures.js"),
        get(`/v1/files/${encodeURIComponent(file.id)}/series?${query}`, { signal }),
      ]);
      if (!signal.aborted) fill(place, seriesPicture(thinned, signal));
    } catch (error) {
      const below = told && error instanceof Problem && error.status === 422;
      if (!signal.aborted) fill(place, below ? h("p", { class: "muted" }, t("file.noChart")) : problemBox(error));
    }
    place.removeAttribute("aria-busy");
  };
  void draw(column);
  if (columns.length < 2) return place;
  const id = newId("column");
  const select = h(
    "select",
    { id },
    columns.map((name) => h("option", { value: name, selected: name === column }, name)),
  );
  select.addEventListener("change", () => draw(select.value));
  return h("div", null, h("div", { class: "field inline" }, h("label", { for: id }, t("file.column")), select), place);
}

/**
 * @param {StoredFile} file
 * @param {PanelHealth} health
 * @param {AbortSignal} signal
 */
function panel(file, health, signal) {
  const place = h("div");
  const title = h("h3", { tabindex: "-1" });
  const look = h("div", { class: "look" }, title, place);
  let chosen = health.series[0]?.name;
  /** @param {SeriesHead} series @param {boolean} move */
  const pick = (series, move) => {
    chosen = series.name;
    title.textContent = series.name;
    fill(
      place,
      chart(
        file,
        file.target && series.columns.includes(file.target) ? file.target : series.columns[0],
        signal,
        { series: series.name, columns: series.columns },
      ),
      series.notes.length
        ? h(
            "ul",
            { class: "remarks" },
            series.notes.map((text) => h("li", null, foreign(text))),
          )
        : null,
    );
    list.draw();
    if (move) {
      title.focus({ preventScroll: true });
      look.scrollIntoView({ block: "start" });
    }
  };
  const list = table({
    caption: t("file.seriesList"),
    rows: health.series,
    first: 25,
    find: (series) => series.name,
    chosen: (series) => series.name === chosen,
    columns: [
      {
        title: t("file.name"),
        head: true,
        by: (series) => series.name,
        cell: (series) =>
          button(series.name, () => pick(series, true), {
            class: "link",
            "aria-pressed": String(series.name === chosen),
          }),
      },
      { title: t("rows"), numeric: true, by: (series) => series.rows, cell: (series) => number(series.rows) },
      { title: t("file.from"), narrow: true, by: (series) => series.first, cell: (series) => String(series.first ?? "–") },
      { title: t("file.to"), by: (series) => series.last, cell: (series) => String(series.last ?? "–") },
      { title: t("file.rhythm"), narrow: true, cell: (series) => rhythm(series.rhythm) },
    ],
  });
  if (health.series.length) pick(health.series[0], false);
  return [
    section(t("file.look"), look),
    section(t("file.seriesList"), list.node),
    health.skipped.length
      ? section(
          t("file.skipped"),
          h("p", null, t("file.skippedWhy")),
          h(
            "ul",
            { class: "remarks" },
            health.skipped.slice(0, 50).map((one) => h("li", null, foreign(skippedText(one)))),
          ),
        )
      : null,
  ];
}

/** @param {any} one */
export function skippedText(one) {
  if (typeof one === "string") return one;
  const name = one.name ?? one.unique_id ?? one.file ?? "";
  const why = one.reason ?? one.error ?? one.detail ?? one.why ?? "";
  return [name, why].filter(Boolean).join(": ") || JSON.stringify(one);
}
