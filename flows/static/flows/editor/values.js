// One field for each type of fact: what staff type, and the whole number, text or truth the condition keeps.
import { h, select } from "./dom.js";

export function valueField(fact, operator, value, onchange) {
  if (operator.takes === "none") return h("span", { class: "yc-f__hint" }, "");
  if (operator.takes === "many") return many(fact, Array.isArray(value) ? value : [], onchange);
  if (operator.takes === "pair") {
    const pair = Array.isArray(value) ? [...value] : [null, null];
    const put = (at) => (each) => { pair[at] = each; onchange(pair.includes(null) ? null : [...pair]); };
    return h("span", { class: "yc-pair" }, one(fact, pair[0], put(0), "从"), h("span", {}, "到"), one(fact, pair[1], put(1), "到"));
  }
  return one(fact, Array.isArray(value) ? value[0] : value, onchange, "值");
}

function many(fact, value, onchange) {
  const boxes = Object.entries(fact.type.options).map(([key, title]) => {
    const box = h("input", { type: "checkbox", value: key });
    box.checked = value.includes(key);
    return h("label", { class: "yc-check yc-check--chip" }, box, h("span", {}, title));
  });
  const node = h("div", { class: "yc-many", role: "group", "aria-label": "可选值" }, boxes);
  node.addEventListener("change", () => onchange([...node.querySelectorAll("input:checked")].map((each) => each.value)));
  return node;
}

function one(fact, value, onchange, label) {
  const { kind, options, unit } = fact.type;
  if (kind === "bool") return select([["", "选…"], ["true", "是"], ["false", "否"]], value === undefined || value === null ? "" : String(value), (each) => onchange(each === "" ? null : each === "true"), { "aria-label": label });
  if (kind === "enum") return select([["", "选…"], ...Object.entries(options)], value ?? "", (each) => onchange(each || null), { "aria-label": label });
  if (kind === "time") return typed("time", value === null || value === undefined ? "" : clock(value), (each) => minutes(each), onchange, label, "");
  if (kind === "money") return typed("number", value === null || value === undefined ? "" : (value / 100).toFixed(2), fen, onchange, label, "元", "0.01");
  const words = { duration: "分钟", date: "天（就诊前写负数）" }[kind] ?? unit;
  return typed("number", value ?? "", whole, onchange, label, words);
}

function typed(type, value, read, onchange, label, unit, step = "1") {
  const input = h("input", { type, value, step, "aria-label": label });
  input.addEventListener("input", () => onchange(input.value === "" ? null : read(input.value)));
  return h("span", { class: "yc-inline" }, input, unit ? h("span", {}, unit) : null);
}

const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
const minutes = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
const whole = (text) => (Number.isFinite(Number(text)) ? Math.round(Number(text)) : null);

/** Yuan as typed, in whole fen, without passing through a binary fraction; null for what is no sum, such as a fraction of a fen. */
export function fen(text) {
  const found = /^(-?)(\d+)(?:\.(\d{0,2}))?$/.exec(text.trim());
  return found ? (found[1] ? -1 : 1) * (Number(found[2]) * 100 + Number((found[3] ?? "").padEnd(2, "0") || 0)) : null;
}
