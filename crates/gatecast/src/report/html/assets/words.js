// The few words that charts and buttons need, in every language of a report. What this file is not: what a report says
// stands in its document, in both languages already.

/** @typedef {"en" | "zh-Hant"} Language */

/** @type {Record<Language, Record<string, string>>} */
const WORDS = {
  en: {
    contents: "Contents",
    truth: "truth",
    forecast: "forecast",
    model: "this model",
    lastValue: "last value",
    band: "{} % band",
    loss: "training",
    valLoss: "validation",
    keptEpoch: "kept: epoch {}",
    norm: "norm of the gradient",
    epoch: "epoch",
    step: "step ahead",
    fold: "fold",
    error: "error",
    count: "how often",
    shareOfSeries: "share of the series, %",
    skill: "skill",
    skillCut: "skill (below −1 is cut off)",
    probability: "probability of the class told",
    right: "share told right",
    bag: "bag of words",
    perfect: "if probabilities were true",
    lastKnown: "last known row",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    earlier: "Earlier",
    later: "Later",
    whole: "Whole range",
    savePicture: "Save as PNG",
    zoomHint: "Drag across the chart to zoom, double-click for the whole range.",
    find: "Find a series",
    found: "{} of {} rows",
    sortBy: "Sort by {}",
    copy: "Copy",
    copied: "Copied",
    language: "中文",
    languageHint: "以中文閱讀",
    dark: "Dark",
    light: "Light",
    print: "Print",
    tools: "Language, colours, printing",
    skip: "Skip to the report",
  },
  "zh-Hant": {
    contents: "目錄",
    truth: "實際值",
    forecast: "預測",
    model: "本模型",
    lastValue: "最後值",
    band: "{} % 區間",
    loss: "訓練",
    valLoss: "驗證",
    keptEpoch: "保留：第 {} 週期",
    norm: "梯度範數",
    epoch: "週期",
    step: "第幾步",
    fold: "折",
    error: "誤差",
    count: "次數",
    shareOfSeries: "序列比例，%",
    skill: "能力",
    skillCut: "能力（低於 −1 者不繪）",
    probability: "所判類別的機率",
    right: "答對比例",
    bag: "詞袋",
    perfect: "若機率屬實",
    lastKnown: "最後已知列",
    zoomIn: "放大",
    zoomOut: "縮小",
    earlier: "往前",
    later: "往後",
    whole: "全部範圍",
    savePicture: "存成 PNG",
    zoomHint: "在圖上拖曳可放大，按兩下恢復全部範圍。",
    find: "尋找序列",
    found: "{} / {} 列",
    sortBy: "依「{}」排序",
    copy: "複製",
    copied: "已複製",
    language: "English",
    languageHint: "Read in English",
    dark: "深色",
    light: "淺色",
    print: "列印",
    tools: "語言、顏色、列印",
    skip: "跳到報告",
  },
};

/**
 * A word of the page in a language, with each `{}` replaced by what is given.
 * @param {Language} language
 * @param {string} name
 * @param {...(string | number)} values
 * @returns {string}
 */
export function word(language, name, ...values) {
  let text = (WORDS[language] ?? WORDS.en)[name] ?? name;
  for (const value of values) text = text.replace("{}", String(value));
  return text;
}

/**
 * A text of a document: the same in every language, or an object with one for each.
 * @param {Language} language
 * @param {string | Record<Language, string>} text
 * @returns {string}
 */
export function say(language, text) {
  if (typeof text === "string") return text;
  return text[language] ?? text.en ?? "";
}
