// @ts-check
// What the service answers with, as types (docs/service.md). Nothing is loaded from here.

/**
 * @typedef {{title?: string, status?: number, detail: string, remedy?: string | null, line?: number | null,
 *   row?: number | null, column?: string | null, setting?: string | null}} ProblemDocument
 *
 * @typedef {{line?: number, row?: number, date?: string | number | null, what: string}} Spot
 * @typedef {{kind: string, title: string, count: number, spots: Spot[], remedy: string, fixable: boolean}} Finding
 * @typedef {{name: string, header: string, unit: string | null, numbers: number, missing: number,
 *   unreadable: number, lowest: number | null, highest: number | null}} ColumnHealth
 * @typedef {{file: string, source: string, encoding: string, dates: string, decimal: string, rows: number,
 *   sound: number, first: string | number | null, last: string | number | null, rhythm: string, lacking: number,
 *   columns: ColumnHealth[], notes: string[], remarks: string[], findings: Finding[]}} Health
 * @typedef {{name: string, rows: number, first: string | number, last: string | number, rhythm: string,
 *   columns: string[], notes: string[]}} SeriesHead
 * @typedef {{series: SeriesHead[], skipped: unknown[]}} PanelHealth
 *
 * @typedef {{format?: string | null, dates?: string | null, decimal?: string | null, time?: string | null, id?: string | null,
 *   timezone?: string | null, fill?: string | null, adjust?: string | null}} Reading
 * @typedef {{id: string, name: string, bytes: number, sha256: string, created: string, form: null | "long" | "wide",
 *   target: string | null, columns: string[], series: number, rows: number, reading: Reading,
 *   inspection?: Health | PanelHealth | null}} StoredFile
 * @typedef {{rows: number, dropped: Spot[], changed: string[], left: Finding[], csv: string}} Clean
 * @typedef {{name: string, column: string, rows: number, dates: (string | number)[], values: (number | null)[]}} Thinned
 *
 * @typedef {"queued" | "running" | "finished" | "failed" | "cancelled" | "interrupted"} Status
 * @typedef {{networks: number | null, finished: number, epochs: number | null, epoch: number | null, loss: number | null,
 *   val_loss: number | null}} Progress
 * @typedef {{id: string, kind: "train" | "backtest", status: Status, name: string | null,
 *   file: {id: string, name: string}, settings: Record<string, unknown>, global: boolean, folds: number | null,
 *   created: string, started: string | null, ended: string | null, progress: Progress | null, model: string | null,
 *   error: ProblemDocument | null, result?: any, position?: number | null}} Run
 * @typedef {{series?: number | null, test_fold?: number | null, fold: number | null, member: number | null,
 *   epoch: number, epochs: number, loss: number | null, val_loss: number | null, grad_norm?: number | null,
 *   gradient_norm?: number | null, seconds?: number, finished: number, networks: number}} Epoch
 *
 * @typedef {{name: string, task: "forecast" | "classify" | "translate" | null, bytes: number, modified: string | null,
 *   target: string | null, horizon: number | null, skill: number | null, mae: number | null,
 *   naive_mae: number | null, has_skill: boolean | null, error?: string | ProblemDocument | null, summary?: any}} Model
 *
 * @typedef {{name: string, group: string, kind: string, list: boolean, choices: string[] | null, help: string,
 *   default: unknown}} Setting
 * @typedef {{version: string, limits: {bytes: number, rows: number, seconds: number, jobs: number},
 *   presets: {name: string, description: string}[], settings: Setting[]}} Offer
 *
 * @typedef {{date: string | number, value: number, lower80?: number, upper80?: number, lower95?: number,
 *   upper95?: number}} Step
 * @typedef {{name?: string, unique_id?: string, target: string, cutoff: string | number, last: number,
 *   forecast: Step[], notes?: string[]}} Forecast
 */

export {};
