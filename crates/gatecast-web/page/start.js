// @ts-check
// The first view: a file comes in, by dropping, choosing or pasting, or the sample; and what came in before.

import { get, Problem, remove, request, upload } from "./api.js";
import { button, fill, h, newId } from "./dom.js";
import { bytes, number, percent, t, when } from "./language.js";
import { offer } from "./offer.js";
import { empty, heading, problemBox, section, table } from "./parts.js";
import { readingForm } from "./reading.js";
import { announce, sure } from "./shell.js";

/** @typedef {import("./contract.js").StoredFile} StoredFile */

/**
 * @param {string[]} _parts
 * @param {AbortSignal} signal
 * @returns {Promise<import("./parts.js").View>}
 */
export async function show(_parts, signal) {
  const before = h("div");
  const open = (/** @type {StoredFile} */ file) => {
    location.hash = `#/files/${encodeURIComponent(file.id)}`;
  };
  void listBefore(before, signal);
  return {
    title: t("start.title"),
    nodes: [
      heading(t("start.title"), { lead: t("start.lead") }),
      intake({ signal, taken: open, sample: true, paste: true }),
      before,
    ],
  };
}

/**
 * A box that takes a file and uploads it.
 * @param {{signal: AbortSignal, taken: (file: StoredFile) => unknown, sample?: boolean, paste?: boolean}} options
 * @returns {HTMLElement}
 */
export function intake({ signal, taken, sample = false, paste = false }) {
  const id = newId("file");
  const state = h("div", { class: "intake-state" });
  const input = h("input", { id, type: "file", class: "sr-only" });
  input.addEventListener("change", () => {
    if (input.files?.length) void take(input.files[0], input.files[0].name);
    input.value = "";
  });

  /** @param {Blob} blob @param {string} name @param {import("./contract.js").Reading} [reading] */
  const take = async (blob, name, reading = {}) => {
    const label = newId("sending");
    const bar = h("progress", { max: 1, value: 0, "aria-labelledby": label });
    const share = h("span", { class: "muted num" });
    const stop = new AbortController();
    signal.addEventListener("abort", () => stop.abort());
    fill(
      state,
      h(
        "div",
        { class: "sending" },
        h("span", { id: label }, t("start.sending", { name })),
        bar,
        share,
        button(t("cancel"), () => stop.abort(), { class: "quiet" }),
      ),
    );
    announce(t("start.sending", { name }));
    try {
      const { limits } = await offer();
      if (blob.size > limits.bytes) {
        throw new Problem(413, { detail: t("start.large", { size: bytes(blob.size), limit: bytes(limits.bytes) }) });
      }
      const file = await upload(
        blob,
        name,
        reading,
        (done) => {
          bar.value = done;
          share.textContent = percent(done, 0);
          if (done >= 1) {
            bar.removeAttribute("value");
            share.textContent = t("start.reading");
          }
        },
        stop.signal,
      );
      fill(state);
      taken(file);
    } catch (error) {
      if (stop.signal.aborted) return fill(state);
      // What its content leaves open can be said.
      const again =
        error instanceof Problem && error.status === 422
          ? readingForm(reading, (next) => take(blob, name, next), true)
          : null;
      fill(state, problemBox(error, t("start.failed", { name })), again);
    }
  };

  const takeSample = async () => {
    fill(state, h("p", { class: "muted" }, t("loading")));
    try {
      taken(await (await request("/v1/files?sample=sp500", { method: "POST" })).json());
    } catch (error) {
      fill(state, problemBox(error));
    }
  };

  const box = h(
    "div",
    { class: "drop" },
    h("p", { class: "drop-title" }, t("start.drop")),
    h("div", { class: "drop-ways" }, [
      input,
      h("label", { for: id, class: "button primary" }, t("start.choose")),
      paste ? button(t("start.paste"), () => pasting(state, take)) : null,
      sample ? button(t("start.sample"), takeSample) : null,
    ]),
    h("p", { class: "muted" }, t("start.kinds")),
    state,
  );
  let depth = 0;
  box.addEventListener("dragenter", () => {
    depth += 1;
    box.classList.add("over");
  });
  box.addEventListener("dragleave", () => {
    depth -= 1;
    if (depth <= 0) box.classList.remove("over");
  });
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    box.classList.remove("over");
    const files = event.dataTransfer?.files ?? [];
    if (files.length > 1) fill(state, problemBox(new Error(t("start.many"))));
    else if (files.length) void take(files[0], files[0].name);
  });
  if (paste) {
    const pasted = (/** @type {ClipboardEvent} */ event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      if (target.closest("input, textarea")) return;
      const files = event.clipboardData?.files ?? [];
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (files.length) void take(files[0], files[0].name);
      else if (text.trim()) void take(new Blob([text]), "pasted.csv");
    };
    document.addEventListener("paste", pasted, { signal });
  }
  return box;
}

/**
 * A place to paste rows into, for who has no other keyboard shortcut.
 * @param {HTMLElement} state
 * @param {(blob: Blob, name: string) => unknown} take
 */
function pasting(state, take) {
  const id = newId("paste");
  const area = h("textarea", {
    id,
    rows: 8,
    spellcheck: "false",
    placeholder: "date,close\n2024-01-02,18853.5\n2024-01-03,18598.9",
  });
  const go = () => {
    if (area.value.trim()) take(new Blob([area.value]), "pasted.csv");
    else area.focus();
  };
  fill(
    state,
    h("div", { class: "field" }, h("label", { for: id }, t("start.pasteHere")), area),
    h("div", { class: "actions" }, button(t("start.read"), go, { class: "primary" })),
  );
  area.focus();
}

/**
 * The files that came in before.
 * @param {HTMLElement} place
 * @param {AbortSignal} signal
 */
async function listBefore(place, signal) {
  /** @type {StoredFile[]} */
  let files;
  try {
    files = (await get("/v1/files", { signal })).files;
  } catch (error) {
    if (!signal.aborted) fill(place, problemBox(error));
    return;
  }
  if (!files.length) {
    fill(place, section(t("start.before"), empty(t("start.none"))));
    return;
  }
  /** @param {StoredFile} file */
  const discard = async (file) => {
    if (!(await sure(t("file.delete"), t("file.deleteSure", { name: file.name }), t("delete")))) return;
    try {
      await remove(`/v1/files/${encodeURIComponent(file.id)}`);
      announce(t("deleted", { name: file.name }));
      await listBefore(place, signal);
    } catch (error) {
      place.prepend(problemBox(error));
    }
  };
  const { node } = table({
    caption: t("start.before"),
    rows: files,
    first: 20,
    find: (file) => file.name,
    columns: [
      {
        title: t("file"),
        head: true,
        by: (file) => file.name,
        cell: (file) => h("a", { href: `#/files/${encodeURIComponent(file.id)}` }, file.name),
      },
      {
        title: t("series"),
        numeric: true,
        narrow: true,
        by: (file) => file.series,
        cell: (file) => number(file.series),
      },
      { title: t("rows"), numeric: true, by: (file) => file.rows, cell: (file) => number(file.rows) },
      { title: t("size"), numeric: true, narrow: true, by: (file) => file.bytes, cell: (file) => bytes(file.bytes) },
      { title: t("uploaded"), narrow: true, by: (file) => file.created, cell: (file) => when(file.created) },
      {
        title: "",
        cell: (file) =>
          button(t("delete"), () => discard(file), {
            class: "quiet small",
            "aria-label": t("deleteName", { name: file.name }),
          }),
      },
    ],
  });
  fill(place, section(t("start.before"), node));
}
