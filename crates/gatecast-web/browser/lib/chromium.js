// Where Chromium lies. Run by itself it fails where there is none.

import { accessSync, constants } from "node:fs";
import { pathToFileURL } from "node:url";

const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** @param {string} path */
function runs(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export const chromium = process.env.CHROMIUM ? [process.env.CHROMIUM].find(runs) : places.find(runs);

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href && !chromium) process.exitCode = 1;
