/**
 * Alipay's side: `my`, and Component2 laid over glass-easel. Alipay publishes no engine, so this part rests on its documented
 * behaviour: `onX` on a component is a function of its owner, `onInit` comes before the first drawing, a component has no box of its own.
 */
import { answered, heard, kept, noted, quiet, ways } from "./host.js";

const functionsOf = (options) => Object.fromEntries(Object.entries(options).filter(([, value]) => typeof value === "function"));
const ownerOf = (instance) => instance._$.ownerShadowRoot.getHostNode().getMethodCaller();

/** The properties as Alipay hands them: names of handlers have become functions. */
function propsOf(instance, names, listeners) {
  const props = Object.fromEntries(names.map((name) => [name, instance.data[name]]));
  for (const name of listeners) {
    const handler = instance.data[name];
    if (handler) props[name] = (detail) => ownerOf(instance)[handler](detail);
    else delete props[name];
  }
  return props;
}

function component({ props, methods, ...options }, { listeners }) {
  const names = [...new Set([...Object.keys(props), "uS", ...listeners])];
  return {
    options: { multipleSlots: true, virtualHost: true },
    properties: Object.fromEntries(names.map((name) => [name, { type: null, value: listeners.includes(name) ? "" : props[name] ?? "" }])),
    data: options.data,
    observers: {
      uP() {
        options.deriveDataFromProps.call(this, this.props);
      },
    },
    lifetimes: {
      created() {
        Object.defineProperty(this, "props", { get: () => propsOf(this, names, listeners) });
        Object.assign(this, methods);
      },
      attached() {
        options.onInit.call(this);
        queueMicrotask(() => options.didMount.call(this));
      },
      detached() {
        options.didUnmount.call(this);
      },
    },
  };
}

/** Any answer but 2xx is a failure to `my.request`, with the status beside it (error 19). */
async function request({ url, method, data, headers, success, fail }) {
  const answer = await heard({ url, method, data, header: headers });
  if (!answer) return fail({ error: 12, errorMessage: "network" });
  const said = { status: answer.status, data: answer.body, headers: answer.header };
  return answer.status < 300 ? success(said) : fail({ error: 19, errorMessage: "http status error", ...said });
}

/** Alipay draws the bar with the page's title itself. */
function titled({ title, success }) {
  const bar = document.querySelector(".bar-of-host") ?? document.body.insertBefore(document.createElement("div"), document.body.firstChild);
  Object.assign(bar, { className: "bar-of-host", textContent: title });
  success?.({});
}

export const alipay = (phone, moves) => ({
  api: noted(phone, {
    ...ways(moves),
    ...quiet("setNavigationBarColor", "vibrateLong", "makePhoneCall", "openSetting"),
    ...quiet("openLocation", "navigateToMiniProgram", "onAppShow", "onAppHide"),
    request,
    setNavigationBarTitle: titled,
    getAuthCode: (given) => answered(phone, "getAuthCode", given, { authCode: "alipay-code" }),
    getLocation: (given) => answered(phone, "getLocation", given, { longitude: "113.3", latitude: "23.1", accuracy: "12" }),
    tradePay: (given) => answered(phone, "tradePay", given, { resultCode: "9000" }),
    getStorageSync: ({ key }) => ({ data: kept.get(key) }),
    setStorageSync: ({ key, data }) => kept.set(key, data),
    setStorage: ({ key, data }) => kept.set(key, data),
    removeStorageSync: ({ key }) => kept.remove(key),
    getStorageInfoSync: () => ({ keys: kept.keys() }),
    getSystemInfoSync: () => ({ language: "zh-Hans", platform: "iOS", fontSizeSetting: 1, windowWidth: innerWidth, windowHeight: innerHeight }),
    getLaunchOptionsSync: () => ({ path: "", query: {} }),
    canIUse: (what) => !["saveFileToDingTalk", "isIDE"].includes(what),
    SDKVersion: "2.8.0",
  }),
  component,
  page: (options) => ({ options: { multipleSlots: true }, data: options.data, lifetimes: { created() { Object.assign(this, functionsOf(options)); } } }),
  begin(page, query, attach) {
    page.onLoad(query);
    attach();
    page.onShow();
    queueMicrotask(() => page.onReady());
  },
});
