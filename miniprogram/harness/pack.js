/** Packs a built mini-program for a browser: `node pack.js DIST OUT`. Templates are compiled, code becomes modules, style sheets are scoped. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const { TmplGroup } = require("glass-easel-template-compiler");
const HERE = dirname(fileURLToPath(import.meta.url));
const [DIST, OUT] = process.argv.slice(2);
const KINDS = { wechat: { markup: ".wxml", style: ".wxss" }, alipay: { markup: ".axml", style: ".acss" } };
const kind = existsSync(join(DIST, "app.wxss")) ? "wechat" : "alipay";
const { markup, style } = KINDS[kind];

const read = (name) => readFileSync(join(DIST, name), "utf-8");
const files = readdirSync(DIST, { recursive: true, withFileTypes: true })
  .filter((one) => one.isFile())
  .map((one) => relative(DIST, join(one.parentPath ?? one.path, one.name)));
const ending = (end) => files.filter((name) => name.endsWith(end)).map((name) => name.slice(0, -end.length));

const listeners = new Set();

/** AXML → WXML by its text. On a component `onX` stays a property: there it is a function that the owner hands down. */
function wxml(path, text) {
  if (kind === "wechat") return text;
  const used = JSON.parse(read(`${path}.json`)).usingComponents ?? {};
  return text.replace(/ a:/g, " wx:").replace(/<([a-z-]+)([^>]*)>/g, (whole, tag, rest) => {
    if (!(tag in used)) return `<${tag}${rest.replace(/ on([A-Z]\w*)=/g, (_, name) => ` bind${name.toLowerCase()}=`)}>`;
    for (const [, name] of rest.matchAll(/ (on[A-Z]\w*)=/g)) listeners.add(name);
    return whole;
  });
}

function templates() {
  const group = new TmplGroup();
  for (const path of ending(markup)) {
    const faults = group.addTmpl(path, wxml(path, read(path + markup))).filter((fault) => fault.isError);
    if (faults.length) throw new Error(`${path}${markup}: ${faults.map((fault) => fault.message).join("; ")}`);
  }
  return group.getTmplGenObjectGroups();
}

const scopeOf = (path) => path.replace(/\W/g, "_");

/** A component's classes are its own, as on the phone; the app's and a page's reach all. */
function scoped(path, css) {
  const page = css.replace(/(^|[},\s])page(?=[\s,{])/g, "$1body");
  if (path === "app" || path.startsWith("pages/")) return page;
  return page.replace(/([^{}]+)\{/g, (whole, selector) => (selector.startsWith("@") ? whole : `${selector.replace(/\.([a-zA-Z_][\w-]*)/g, `.${scopeOf(path)}--$1`)}{`));
}

function config(path) {
  const { usingComponents, component } = JSON.parse(read(`${path}.json`));
  return component ? { component, usingComponents, styleIsolation: "apply-shared" } : { usingComponents };
}

const entries = (names, of) => Object.fromEntries(names.map((name) => [name, of(name)]));
const compiled = templates();
const program = {
  kind,
  pages: JSON.parse(read("app.json")).pages,
  listeners: [...listeners],
  configs: entries(ending(markup), config),
  scopes: entries(ending(markup), scopeOf),
  styles: entries(ending(style), (path) => scoped(path, read(path + style))),
};
const modules = ending(".js").map((path) => `${JSON.stringify(`${path}.js`)}(require, exports, module) {${read(`${path}.js`)}\n}`);

mkdirSync(OUT, { recursive: true });
writeFileSync(join(OUT, "program.js"), `window.program = Object.assign(${JSON.stringify(program)}, { templates: ${compiled}, modules: {${modules.join(",\n")}} });`);
for (const name of readdirSync(HERE).filter((one) => one !== "pack.js")) copyFileSync(join(HERE, name), join(OUT, name));
copyFileSync(join(dirname(require.resolve("glass-easel")), "glass_easel.all.es.js"), join(OUT, "glass-easel.js"));
copyFileSync(join(dirname(require.resolve("glass-easel-miniprogram-adapter")), "glass_easel_miniprogram_adapter.es.js"), join(OUT, "adapter.js"));
