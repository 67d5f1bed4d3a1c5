// @ts-check
// JSON schemas in words: the type of a value, the fields of an object, an example of either.

import { h } from "./dom.js";
import { t } from "./language.js";
import { foreign, table } from "./parts.js";

/** @typedef {{$ref?: string, type?: string | string[], format?: string, items?: Schema, properties?: Record<string, Schema>,
 *   required?: string[], enum?: unknown[], const?: unknown, oneOf?: Schema[], anyOf?: Schema[], allOf?: Schema[], description?: string,
 *   additionalProperties?: boolean | Schema, default?: unknown, example?: unknown, examples?: unknown[], minimum?: number,
 *   maximum?: number}} Schema */

/** @param {string} ref */
const nameOf = (ref) => ref.split("/").pop() ?? ref;

/**
 * The type of a value, with links to schemas that have names.
 * @param {Schema | undefined} schema
 * @returns {HTMLElement}
 */
export function typeOf(schema) {
  return h("span", { class: "type" }, words(schema));
}

/**
 * @param {Schema | undefined} schema
 * @returns {import("./dom.js").Child[]}
 */
function words(schema) {
  if (!schema) return [t("api.any")];
  if (schema.$ref) return [h("a", { href: `#schema-${nameOf(schema.$ref)}` }, nameOf(schema.$ref))];
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return between(choices.map(words), " | ");
  if (schema.allOf) return between(schema.allOf.map(words), " & ");
  if (schema.enum) return [schema.enum.map((one) => JSON.stringify(one)).join(" | ")];
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? "any"];
  return between(
    types.map((type) => (type === "array" ? [...words(schema.items), "[]"] : [type === "any" ? t("api.any") : type])),
    " | ",
  ).concat(schema.format && !/^u?int|double/.test(schema.format) ? ` (${schema.format})` : []);
}

/**
 * @param {import("./dom.js").Child[][]} parts
 * @param {string} sign
 */
function between(parts, sign) {
  return parts.flatMap((part, at) => (at ? [sign, ...part] : part));
}

/**
 * A named schema.
 * @param {string} name
 * @param {Schema} schema
 */
export function schemaBox(name, schema) {
  const id = `schema-${name}`;
  const all = fieldsOf(schema);
  return h(
    "article",
    { class: "operation", "aria-labelledby": id },
    h("h3", { id }, h("code", null, name)),
    schema.description ? h("p", null, foreign(schema.description)) : null,
    all.length
      ? table({
          caption: t("api.fields"),
          rows: all,
          columns: [
            { title: t("file.name"), head: true, cell: ([field]) => h("code", null, field) },
            { title: t("api.type"), cell: ([, one]) => typeOf(one) },
            {
              title: t("api.what"),
              cell: ([field, one, required]) =>
                h(
                  "span",
                  null,
                  required.includes(field) ? null : h("span", { class: "muted" }, `${t("api.optional")} `),
                  foreign(one.description),
                ),
            },
          ],
        }).node
      : h("p", null, typeOf(schema)),
  );
}

/**
 * The fields of an object, with those of objects that it takes in.
 * @param {Schema} schema
 * @returns {[string, Schema, string[]][]}
 */
function fieldsOf(schema) {
  const inner = (schema.allOf ?? []).flatMap((one) =>
    one.$ref ? [/** @type {[string, Schema, string[]]} */ (["…", one, ["…"]])] : fieldsOf(one),
  );
  const own = Object.entries(schema.properties ?? {}).map(
    ([name, one]) => /** @type {[string, Schema, string[]]} */ ([name, one, schema.required ?? []]),
  );
  return [...inner, ...own];
}

/**
 * A value that a schema allows.
 * @param {Schema | undefined} schema
 * @param {Record<string, Schema>} schemas
 * @param {number} [depth]
 * @returns {unknown}
 */
export function example(schema, schemas, depth = 0) {
  if (!schema || depth > 4) return null;
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.length) return schema.examples[0];
  if (schema.default !== undefined && schema.default !== null) return schema.default;
  if (schema.$ref) return example(schemas[nameOf(schema.$ref)], schemas, depth + 1);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((one) => example(one, schemas, depth + 1)));
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices)
    return example(
      choices.find((one) => one.type !== "null"),
      schemas,
      depth + 1,
    );
  if (schema.enum) return schema.enum[0];
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== "null") : schema.type;
  if (type === "array") return [example(schema.items, schemas, depth + 1)];
  if (type === "string") return "…";
  if (type === "integer" || type === "number") return schema.minimum ?? 1;
  if (type === "boolean") return true;
  const required = schema.required ?? Object.keys(schema.properties ?? {});
  return Object.fromEntries(
    Object.entries(schema.properties ?? {})
      .filter(([name]) => required.includes(name))
      .map(([name, one]) => [name, example(one, schemas, depth + 1)]),
  );
}
