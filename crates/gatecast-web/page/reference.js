// @ts-check
// The page at /api: what /openapi.json says, for people to read.

import { get, onTokenNeeded, takeToken } from "./api.js";
import { button, copy, facts, fill, h } from "./dom.js";
import { known, preferredLanguage, speak, t } from "./language.js";
import { foreign, heading, problemBox, section, table } from "./parts.js";
import { announce, applyTheme, askToken, frame } from "./shell.js";
import { example, schemaBox, typeOf } from "./schema.js";

/** @typedef {import("./schema.js").Schema} Schema */
/** @typedef {{name: string, in: string, required?: boolean, description?: string, schema?: Schema}} Parameter */
/** @typedef {{content?: Record<string, {schema?: Schema, example?: unknown}>, description?: string, required?: boolean}} Body */
/** @typedef {{tags?: string[], summary?: string, description?: string, parameters?: Parameter[], requestBody?: Body,
 *   responses?: Record<string, Body>}} Operation */
/** @typedef {{info: {title: string, version: string, description?: string}, tags?: {name: string, description?: string}[],
 *   paths: Record<string, Record<string, any>>, components?: {schemas?: Record<string, Schema>}}} OpenApi */

const METHODS = ["get", "post", "put", "patch", "delete"];
const main = h("main");

async function show() {
  document.title = `${t("nav.api")} · Gatecast`;
  /** @type {OpenApi} */
  let api;
  try {
    api = await get("/openapi.json");
  } catch (error) {
    fill(main, heading(t("api.title")), problemBox(error));
    return;
  }
  const schemas = api.components?.schemas ?? {};
  const groups = grouped(api);
  fill(
    main,
    heading(t("api.title"), {
      lead: h("span", null, t("api.lead"), " ", h("a", { href: "/openapi.json" }, "openapi.json")),
    }),
    api.info.description ? h("p", null, foreign(api.info.description)) : null,
    h(
      "div",
      { class: "reference" },
      contents(groups, schemas),
      h(
        "div",
        { class: "operations" },
        [...groups].map(([tag, operations]) =>
          section(
            tagName(tag),
            operations.map(([method, path, operation]) => operationBox(method, path, operation, schemas)),
          ),
        ),
        Object.keys(schemas).length
          ? section(
              t("api.schemas"),
              Object.entries(schemas).map(([name, schema]) => schemaBox(name, schema)),
            )
          : null,
      ),
    ),
  );
  const at = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  at?.scrollIntoView();
}

/**
 * Operations by their first tag, in the order in which they stand.
 * @param {OpenApi} api
 * @returns {Map<string, [string, string, Operation][]>}
 */
function grouped(api) {
  /** @type {Map<string, [string, string, Operation][]>} */
  const groups = new Map((api.tags ?? []).map((tag) => [tag.name, []]));
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      const shared = { ...operation, parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])] };
      const tag = operation.tags?.[0] ?? "";
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag)?.push([method, path, shared]);
    }
  }
  for (const [tag, operations] of groups) if (!operations.length) groups.delete(tag);
  return groups;
}

/** @param {string} tag */
function tagName(tag) {
  return tag ? (known(`api.tag.${tag}`) ?? tag[0].toUpperCase() + tag.slice(1)) : t("api.other");
}

/** @param {string} method @param {string} path */
function anchor(method, path) {
  return `${method}${path.replace(/[^\w]+/g, "-").replace(/-$/, "")}`;
}

/**
 * @param {Map<string, [string, string, Operation][]>} groups
 * @param {Record<string, Schema>} schemas
 */
function contents(groups, schemas) {
  return h(
    "nav",
    { class: "toc", "aria-label": t("api.contents") },
    [...groups].map(([tag, operations]) =>
      h(
        "div",
        null,
        h("p", { class: "label" }, tagName(tag)),
        h(
          "ul",
          null,
          operations.map(([method, path]) =>
            h(
              "li",
              null,
              h(
                "a",
                { href: `#${anchor(method, path)}` },
                h("span", { class: "method" }, method.toUpperCase()),
                " ",
                path,
              ),
            ),
          ),
        ),
      ),
    ),
    Object.keys(schemas).length
      ? h(
          "div",
          null,
          h("p", { class: "label" }, t("api.schemas")),
          h(
            "ul",
            null,
            Object.keys(schemas).map((name) => h("li", null, h("a", { href: `#schema-${name}` }, name))),
          ),
        )
      : null,
  );
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Operation} operation
 * @param {Record<string, Schema>} schemas
 */
function operationBox(method, path, operation, schemas) {
  const id = anchor(method, path);
  const parameters = operation.parameters ?? [];
  const bodies = Object.entries(operation.requestBody?.content ?? {});
  const answers = Object.entries(operation.responses ?? {});
  const texts = [operation.summary, operation.description].filter(Boolean);
  return h(
    "article",
    { class: "operation", "aria-labelledby": id },
    h("h3", { id }, h("span", { class: "method" }, method.toUpperCase()), " ", h("code", null, path)),
    texts.map((text) => h("p", null, foreign(text))),
    parameters.length
      ? table({
          caption: t("api.parameters"),
          showCaption: true,
          rows: parameters,
          columns: [
            { title: t("file.name"), head: true, cell: (one) => h("code", null, one.name) },
            { title: t("api.in"), narrow: true, cell: (one) => one.in },
            { title: t("api.type"), cell: (one) => typeOf(one.schema) },
            {
              title: t("api.what"),
              cell: (one) =>
                h(
                  "span",
                  null,
                  one.required ? h("strong", null, `${t("api.required")} `) : null,
                  foreign(one.description),
                ),
            },
          ],
        }).node
      : null,
    facts(
      [
        ...bodies.map(
          ([kind, body], at) =>
            /** @type {[string, HTMLElement]} */ ([
              at ? `${t("api.body")} ${at + 1}` : t("api.body"),
              contentOf(kind, body),
            ]),
        ),
        ...answers.map(
          ([status, answer]) =>
            /** @type {[string, HTMLElement]} */ ([
              t("api.answer", { status }),
              h(
                "span",
                null,
                foreign(answer.description),
                " ",
                Object.entries(answer.content ?? {}).map(([kind, body]) => contentOf(kind, body)),
              ),
            ]),
        ),
      ],
      "pairs answers",
    ),
    curl(method, path, operation, schemas),
  );
}

/**
 * A body and its media type.
 * @param {string} kind
 * @param {{schema?: Schema}} body
 */
function contentOf(kind, body) {
  return h(
    "span",
    null,
    /json/.test(kind) ? typeOf(body.schema) : null,
    " ",
    kind === "application/json" ? null : h("span", { class: "muted" }, kind),
  );
}

/**
 * A line for a shell that does the operation here.
 * @param {string} method
 * @param {string} path
 * @param {Operation} operation
 * @param {Record<string, Schema>} schemas
 */
function curl(method, path, operation, schemas) {
  const words = ["curl"];
  if (method !== "get") words.push("-X", method.toUpperCase());
  if (sessionStorage.getItem("gatecast-token")) words.push("-H 'Authorization: Bearer TOKEN'");
  const query = (operation.parameters ?? [])
    .filter((one) => one.in === "query" && one.required)
    .map((one) => `${one.name}=…`);
  const address = `${location.origin}${path.replace(/\{(\w+)\}/g, (_, name) => name.toUpperCase())}${query.length ? `?${query.join("&")}` : ""}`;
  const content = operation.requestBody?.content ?? {};
  if (content["application/json"]) {
    const { schema, example: given } = content["application/json"];
    words.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(given ?? example(schema, schemas))}'`);
  } else if (Object.keys(content).length) {
    words.push("--data-binary @prices.csv");
  }
  words.push(/[?{&]/.test(address) ? `'${address}'` : address);
  const line = words.join(" ");
  const copied = button(
    t("copy"),
    async () => {
      if (await copy(line)) announce(t("copied"));
      copied.textContent = t("copied");
      setTimeout(() => {
        copied.textContent = t("copy");
      }, 1500);
    },
    { class: "quiet small", "aria-label": `${t("copy")}: ${method.toUpperCase()} ${path}` },
  );
  return h(
    "div",
    { class: "command-box" },
    h(
      "code",
      { class: "command", tabindex: "0", role: "region", "aria-label": `curl: ${method.toUpperCase()} ${path}` },
      line,
    ),
    copied,
  );
}

takeToken();
applyTheme();
onTokenNeeded(askToken);
await speak(preferredLanguage());
frame(main, show);
await show();
