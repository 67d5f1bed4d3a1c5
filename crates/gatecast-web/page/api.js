// @ts-check
// Requests to the service: the token, errors as problems, uploads with progress, server-sent events.

/** @typedef {import("./contract.js").ProblemDocument} ProblemDocument */

const TOKEN = "gatecast-token";

/** Milliseconds without a byte after which a stream is taken to be dead; the service sends one every 15 seconds. */
const SILENCE = 45_000;

/** An answer that is an error, in the words of the service. */
export class Problem extends Error {
  /**
   * @param {number} status 0 where no answer came
   * @param {ProblemDocument} document
   */
  constructor(status, document) {
    super(document.detail || document.title || `HTTP ${status}`);
    this.status = status;
    this.document = document;
  }
}

/** Takes the token out of the address, where it stands behind the #, and keeps it for this tab. */
export function takeToken() {
  const found = /^#token=([^&]*)(?:&(.*))?$/.exec(location.hash);
  if (!found) return;
  sessionStorage.setItem(TOKEN, decodeURIComponent(found[1]));
  history.replaceState(null, "", location.pathname + location.search + (found[2] ? `#${found[2]}` : ""));
}

/** @returns {Record<string, string>} */
function authorization() {
  const token = sessionStorage.getItem(TOKEN);
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/** @type {(wrong: boolean) => Promise<string | null>} */
let askForToken = async () => null;
/** @type {Promise<boolean> | null} */
let asking = null;

/**
 * Says how a person is asked for the token.
 * @param {(wrong: boolean) => Promise<string | null>} ask
 */
export function onTokenNeeded(ask) {
  askForToken = ask;
}

/** Asks once, whoever waits for it. */
function newToken() {
  asking ??= askForToken(sessionStorage.getItem(TOKEN) !== null).then((token) => {
    asking = null;
    if (token) sessionStorage.setItem(TOKEN, token);
    return Boolean(token);
  });
  return asking;
}

/**
 * @param {number} status
 * @param {string} text
 */
function problem(status, text) {
  try {
    const document = JSON.parse(text);
    if (document && typeof document === "object") return new Problem(status, document);
  } catch {
    // Not JSON: the text is what there is to say.
  }
  return new Problem(status, { detail: text.trim().slice(0, 400) });
}

/**
 * @typedef {object} Options
 * @property {string} [method]
 * @property {unknown} [json] a body that becomes JSON
 * @property {string} [accept]
 * @property {AbortSignal} [signal]
 * @property {Record<string, string>} [headers]
 */

/**
 * An answer that is none of the errors.
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<Response>}
 */
export async function request(path, options = {}) {
  const { method = "GET", json, accept = "application/json", signal, headers = {} } = options;
  /** @type {RequestInit} */
  const init = { method, signal, cache: "no-store", headers: { Accept: accept, ...headers, ...authorization() } };
  if (json !== undefined) {
    init.body = JSON.stringify(json);
    init.headers = { ...init.headers, "Content-Type": "application/json" };
  }
  let answer;
  try {
    answer = await fetch(path, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, { detail: "" });
  }
  if (answer.ok) return answer;
  if (answer.status === 401 && (await newToken())) return request(path, options);
  throw problem(answer.status, await answer.text());
}

/**
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<any>}
 */
export async function get(path, options) {
  return (await request(path, options)).json();
}

/**
 * @param {string} path
 * @param {unknown} [json]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function post(path, json, signal) {
  return (await request(path, { method: "POST", json, signal })).json();
}

/**
 * @param {string} path
 * @param {unknown} json
 * @returns {Promise<any>}
 */
export async function put(path, json) {
  return (await request(path, { method: "PUT", json })).json();
}

/**
 * @param {string} path
 */
export async function remove(path) {
  await request(path, { method: "DELETE" });
}

/**
 * Uploads a file. Fetch tells of no progress, so this is the older way.
 * @param {Blob} file
 * @param {string} name
 * @param {import("./contract.js").Reading} reading how it is read
 * @param {(share: number) => void} progress
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./contract.js").StoredFile>}
 */
export function upload(file, name, reading, progress, signal) {
  return new Promise((done, failed) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", `/v1/files?${new URLSearchParams({ name, .../** @type {Record<string, string>} */ (reading) })}`);
    sending.setRequestHeader("Accept", "application/json");
    sending.setRequestHeader("Content-Type", "application/octet-stream");
    for (const [key, value] of Object.entries(authorization())) sending.setRequestHeader(key, value);
    sending.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    sending.onerror = () => failed(new Problem(0, { detail: "" }));
    sending.onabort = () => failed(new DOMException("aborted", "AbortError"));
    sending.onload = async () => {
      if (sending.status >= 200 && sending.status < 300) {
        done(JSON.parse(sending.responseText));
      } else if (sending.status === 401 && (await newToken())) {
        upload(file, name, reading, progress, signal).then(done, failed);
      } else {
        failed(problem(sending.status, sending.responseText));
      }
    };
    signal?.addEventListener("abort", () => sending.abort());
    sending.send(file);
  });
}

/**
 * Server-sent events by fetch, since an EventSource cannot send a token. Goes on after the last event where the
 * connection breaks; ends with the stream's `end` or the signal.
 * @param {string} path
 * @param {(event: string, data: any) => void} heard
 * @param {AbortSignal} signal
 * @param {(connected: boolean) => void} [connection]
 */
export async function listen(path, heard, signal, connection = () => {}) {
  let last = "";
  let wait = 500;
  while (!signal.aborted) {
    try {
      /** @type {Record<string, string>} */
      const headers = last ? { "Last-Event-ID": last } : {};
      const answer = await request(path, { accept: "text/event-stream", signal, headers });
      connection(true);
      let silent = true;
      for await (const message of messages(answer)) {
        silent = false;
        wait = 500;
        if (message.id) last = message.id;
        heard(message.event, JSON.parse(message.data));
        if (message.event === "end") return;
      }
      // A service that was started anew counts from 0 again, and has nothing behind the number that we know.
      if (silent) last = "";
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && error.status >= 400 && error.status < 500) throw error;
    }
    connection(false);
    await new Promise((go) => setTimeout(go, wait));
    wait = Math.min(wait * 2, 10_000);
  }
}

/**
 * The messages of a stream, as they come.
 * @param {Response} answer
 */
async function* messages(answer) {
  if (!answer.body) return;
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const silence = setTimeout(() => void reader.cancel(), SILENCE);
    const { done, value } = await reader.read().finally(() => clearTimeout(silence));
    if (done) return;
    rest += decoder.decode(value, { stream: true }).replaceAll("\r\n", "\n");
    const parts = rest.split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const message = { id: "", event: "message", data: "" };
      for (const line of part.split("\n")) {
        const [, field, text] = /^(\w+): ?(.*)$/.exec(line) ?? [];
        if (field === "id") message.id = text;
        if (field === "event") message.event = text;
        if (field === "data") message.data += (message.data ? "\n" : "") + text;
      }
      if (message.data) yield message;
    }
  }
}
