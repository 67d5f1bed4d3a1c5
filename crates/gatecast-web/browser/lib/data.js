// Files for the tests, the same every time.

/** Numbers in [0, 1) that look random: Park and Miller's generator. @param {number} seed */
function random(seed) {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** @param {number} day since 2022-01-03, a Monday */
const date = (day) => new Date(Date.UTC(2022, 0, 3 + day)).toISOString().slice(0, 10);

/**
 * Prices of the working days of half a year or more, with volumes.
 * @param {number} [rows]
 */
export function prices(rows = 160) {
  const next = random(7);
  let price = 100;
  let text = "date,close,volume\n";
  for (let row = 0; row < rows; row += 1) {
    price *= 1 + (next() - 0.5) / 50;
    text += `${date(Math.floor(row / 5) * 7 + (row % 5))},${price.toFixed(2)},${Math.floor(1000 + next() * 500)}\n`;
  }
  return text;
}

/** The same with open, high and low, and in line 32 a Saturday on which nothing was traded. */
export function ghosted() {
  const [, ...rows] = prices().trim().split("\n");
  const whole = rows.map((row) => {
    const [day, close, volume] = row.split(",");
    return [day, close, Number(close) + 0.1, Number(close) - 0.1, close, volume].join(",");
  });
  const last = whole[29].split(",")[4];
  whole.splice(30, 0, `2022-02-12,${last},${last},${last},${last},0`);
  return `date,open,high,low,close,volume\n${whole.join("\n")}\n`;
}

/**
 * Many series in one long file, each with a week's rhythm of its own.
 * @param {number} [series]
 * @param {number} [rows]
 */
export function panel(series = 30, rows = 42) {
  const next = random(11);
  let text = "unique_id,ds,y\n";
  for (let one = 1; one <= series; one += 1) {
    const level = 50 + next() * 100;
    const swing = next() * 20;
    for (let row = 0; row < rows; row += 1) {
      const value = level + swing * Math.sin((2 * Math.PI * row) / 7) + (next() - 0.5) * 4;
      text += `shop-${String(one).padStart(2, "0")},${date(row)},${value.toFixed(2)}\n`;
    }
  }
  return text;
}

/** Prices with a cell that holds no number, in line 12, and a row that stands twice. */
export function broken() {
  const lines = prices().split("\n");
  lines[11] = lines[11].replace(/,([\d.]+),/, ",1.2.3,");
  lines.splice(21, 0, lines[20]);
  return lines.join("\n");
}
