// A service of its own for each test: `gatecast serve` on a free port, with a temporary folder.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = resolve(import.meta.dirname, "../../../..");

/** The program under test; `make test-web` builds it. */
export const program =
  process.env.GATECAST ?? join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug/gatecast");

/** How long anything may take, in milliseconds: machines are slow and busy, and no test is about time. */
export const PATIENCE = Number(process.env.PATIENCE ?? 60) * 1000;

/** Whatever still runs when the tests end is ended with them. */
const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/**
 * Settings of a small network, which is trained in a moment.
 */
export const SMALL = { members: 1, epochs: 4, hidden: [4], "validation-folds": 1 };

/** Settings of a training that no test waits for. */
export const ENDLESS = { members: 50, epochs: 5000, hidden: [128], patience: 5000 };

export class Service {
  /** @param {{models?: string, args?: string[], token?: string}} [options] */
  constructor({ models, args = [], token } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "gatecast-browser-"));
    this.models = models ?? join(this.folder, "models");
    this.args = args;
    this.token = token;
    this.url = "";
    /** The address that the service prints: with a token it has that behind the #. */
    this.entry = "";
    this.port = 0;
    /** @type {string[]} */
    this.log = [];
  }

  /** Starts it, the second time on the port of the first. */
  async start() {
    const args = ["serve", "--json", "--port", String(this.port), "--models", this.models, ...this.args];
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.child = child;
    running.add(child);
    child.on("exit", () => running.delete(child));
    child.stderr.on("data", (data) => this.log.push(String(data)));
    let said = "";
    const greeting = await new Promise((done, failed) => {
      child.on("error", failed);
      child.on("exit", (code) => failed(new Error(`gatecast serve ended with ${code}: ${this.log.join("")}`)));
      child.stdout.on("data", (data) => {
        said += data;
        try {
          done(JSON.parse(said));
        } catch {
          // Not all of it has come yet.
        }
      });
    });
    this.entry = greeting.url;
    this.url = new URL(greeting.url).origin;
    this.port = Number(new URL(this.url).port);
    return this;
  }

  /** Ends it without a chance to tidy up, as a power failure does. */
  async kill() {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await gone;
  }

  async stop() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /**
   * @param {string} path
   * @param {RequestInit & {json?: unknown}} [options]
   */
  async request(path, { json, ...init } = {}) {
    const headers = new Headers(init.headers);
    if (this.token) headers.set("Authorization", `Bearer ${this.token}`);
    if (json !== undefined) {
      headers.set("Content-Type", "application/json");
      init = { method: "POST", ...init, body: JSON.stringify(json) };
    }
    const answer = await fetch(this.url + path, { ...init, headers });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }

  /** @param {string} path */
  async get(path) {
    return (await this.request(path)).json();
  }

  /** @param {string} path @param {unknown} [json] */
  async post(path, json) {
    const answer = await this.request(path, json === undefined ? { method: "POST" } : { json });
    return answer.json();
  }

  /** @param {string} name @param {string | Uint8Array} text */
  async upload(name, text) {
    const answer = await this.request(`/v1/files?name=${encodeURIComponent(name)}`, { method: "POST", body: text });
    return answer.json();
  }

  /**
   * Waits until a run has one of the states.
   * @param {string} id
   * @param {string[]} states
   */
  async until(id, ...states) {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const run = await this.get(`/v1/runs/${id}`);
      if (states.includes(run.status)) return run;
      if (Date.now() > end) throw new Error(`run ${id} is ${run.status}, not ${states}: ${JSON.stringify(run.error)}`);
      await sleep(100);
    }
  }

  /**
   * Runs something to its end.
   * @param {Record<string, unknown>} job
   */
  async run(job) {
    const { id } = await this.post("/v1/runs", job);
    return this.until(id, "finished", "failed");
  }

  /** @param {string} id */
  async cancel(id) {
    await this.post(`/v1/runs/${id}/cancel`);
    return this.until(id, "cancelled");
  }
}

/**
 * Runs a command of the program.
 * @param {string[]} args
 */
export function gatecast(...args) {
  execFileSync(program, [...args, "--quiet"], { stdio: ["ignore", "ignore", "inherit"] });
}
