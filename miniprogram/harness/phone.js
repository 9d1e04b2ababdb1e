/**
 * A phone of sorts: runs the packed program on Tencent's open glass-easel engine, page by page.
 * It proves templates, data, events, requests and layout; native widgets, real payment and real sign-in it does not.
 */
import { glassEasel, MiniProgramEnv } from "glass-easel-miniprogram-adapter";
import { alipay } from "./alipay.js";
import { wechat } from "./wechat.js";

const { program } = window;
const { kind, pages, configs, scopes, styles, templates, modules } = program;

/** `calls`: every call of the host, with what was given. `faults`: whatever complained. `answers`: what the host says (`getLocation: …`). */
export const phone = { calls: [], faults: [], answers: {}, stack: [], app: null };
window.phone = phone;
const complain = (fault) => phone.faults.push(String(fault?.stack ?? fault?.message ?? fault));
window.addEventListener("error", ({ error, message }) => complain(error ?? message));
window.addEventListener("unhandledrejection", ({ reason }) => complain(reason));
// `false`: it is noted here, the console need not say it again.
glassEasel.addGlobalErrorListener((fault) => (complain(fault), false));
// A list that has no value yet is drawn as an empty one, on a phone too.
const early = (warning) => /for-list data is neither .* got type "undefined"/.test(warning);
glassEasel.addGlobalWarningListener((warning) => (early(warning.message ?? warning) || complain(warning.message ?? warning), false));
console.error = (...words) => complain(words.join(" "));
console.warn = (...words) => complain(words.join(" "));

// A host's event is a plain object: uni-app asks whether `detail` is the event's own.
glassEasel.Event.prototype.wrapShadowedEvent = function (target, mark, currentTarget) {
  const end = ({ id, dataset }) => ({ id, dataset: dataset ?? {} });
  return Object.assign(Object.create(this), { type: this.type, detail: this.detail, mark, target: end(target), currentTarget: end(currentTarget) });
};

const environment = new MiniProgramEnv();
const space = environment.createCodeSpace("main", true);
// uni-app puts its handlers on the instance; `bindtap` without a colon is an old way of binding.
space.getComponentSpace().updateComponentOptions({ useMethodCallerListeners: true });
const context = new glassEasel.CurrentWindowBackendContext();
context.onEvent((target, type, detail, options) => {
  const event = new glassEasel.Event(type, detail, options);
  glassEasel.Event.dispatchEvent(target, event);
  return event.getEventBubbleStatus();
});
const backend = environment.associateBackend(context);
for (const [path, css] of Object.entries(styles)) {
  backend.registerStyleSheetContent(path, css);
  space.addStyleSheet(path, path, scopes[path]);
}
for (const [path, config] of Object.entries(configs)) {
  if (!styles[path]) space.addStyleSheet(path, undefined, scopes[path]);
  space.addComponentStaticConfig(path, config);
  space.addCompiledTemplate(path, { groupList: templates, content: templates[path], fallbackListenerOnNativeNode: true });
}

const loaded = {};
function load(name) {
  if (loaded[name]) return loaded[name].exports;
  const module = (loaded[name] = { exports: {} });
  modules[name]((to) => load(new URL(to, `http://program/${name}`).pathname.slice(1)), module.exports, module);
  return module.exports;
}

let defining = "";
const host = { wechat, alipay }[kind](phone, { open, back });
Object.assign(window, {
  global: window,
  [{ wechat: "wx", alipay: "my" }[kind]]: host.api,
  App: (app) => void (phone.app = app),
  getApp: () => phone.app,
  getCurrentPages: () => phone.stack.map(({ page }) => page),
  Component: (options) => space.component(defining).definition(host.component(options, program)).register(),
  Page: (options) => space.component(defining).definition(host.page(options)).register(),
});

/** `how`: `push` on top, `replace` the top, or `launch` alone. */
function open(url, how) {
  const { pathname, searchParams } = new URL(url, "http://program/");
  const path = pathname.slice(1);
  if (!pages.includes(path)) return complain(`no such page: ${url}`);
  if (how === "push") phone.stack.at(-1)?.page.onHide?.();
  else phone.stack.splice(how === "launch" ? 0 : -1).forEach(close);
  const holder = document.body.appendChild(document.createElement("div"));
  holder.className = "sheet-of-page";
  const place = holder.appendChild(document.createElement("div"));
  const root = backend.createRoot("page-body", space, path);
  const page = Object.assign(root.get(), { route: path });
  phone.stack.push({ page, root, holder });
  // The query is handed on as it is written: neither host decodes it.
  host.begin(page, Object.fromEntries([...searchParams].map(([name, value]) => [name, encodeURIComponent(value)])), () => root.attach(holder, place));
  show();
}

function close({ page, root, holder }) {
  page.onUnload?.();
  root.release();
  holder.remove();
}

function back(delta) {
  const left = phone.stack.splice(Math.max(1, phone.stack.length - delta));
  left.reverse().forEach(close);
  show();
  phone.stack.at(-1).page.onShow?.();
}

function show() {
  phone.stack.forEach(({ holder }, at) => holder.classList.toggle("sheet-of-page--under", at < phone.stack.length - 1));
}

load("app.js");
for (const path of Object.keys(configs)) {
  defining = path;
  load(`${path}.js`);
}
phone.app.onLaunch({ path: pages[0], query: {} });
phone.app.onShow?.({ path: pages[0], query: {} });
open(location.hash.slice(1) || `/${pages[0]}`, "launch");
