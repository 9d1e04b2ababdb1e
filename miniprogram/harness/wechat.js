/** WeChat's side: `wx`, and components as they are (glass-easel speaks WeChat's own). */
import { answered, heard, kept, noted, quiet, ways } from "./host.js";

/** The host calls `ready` once a component stands in the page. */
function withReady(options) {
  const { attached, ready } = options.lifetimes;
  const standing = function () {
    attached?.call(this);
    queueMicrotask(() => ready?.call(this));
  };
  return { ...options, lifetimes: { ...options.lifetimes, attached: standing, ready: undefined } };
}

async function request({ url, method, data, header, success, fail }) {
  const answer = await heard({ url, method, data, header });
  if (!answer) return fail({ errMsg: "request:fail" });
  return success({ statusCode: answer.status, data: answer.body, header: answer.header, errMsg: "request:ok" });
}

const screen = { statusBarHeight: 20, windowWidth: innerWidth, windowHeight: innerHeight, screenWidth: innerWidth, screenHeight: innerHeight, pixelRatio: 2 };

export const wechat = (phone, moves) => ({
  api: noted(phone, {
    ...ways(moves),
    ...quiet("setNavigationBarTitle", "setNavigationBarColor", "setBackgroundColor", "vibrateLong", "makePhoneCall", "openSetting"),
    ...quiet("openLocation", "navigateToMiniProgram", "preloadAssets", "onThemeChange", "onAppShow", "onAppHide"),
    request,
    login: (given) => answered(phone, "login", given, { code: "wechat-code" }),
    getLocation: (given) => answered(phone, "getLocation", given, { longitude: 113.3, latitude: 23.1, accuracy: 12 }),
    requestPayment: (given) => answered(phone, "requestPayment", given, { errMsg: "requestPayment:ok" }),
    getStorageSync: (key) => kept.get(key) ?? "",
    setStorageSync: kept.set,
    setStorage: ({ key, data }) => kept.set(key, data),
    removeStorageSync: kept.remove,
    getStorageInfoSync: () => ({ keys: kept.keys() }),
    getAppBaseInfo: () => ({ language: "zh_CN", theme: "light", ...phone.answers.getAppBaseInfo }),
    getSystemInfoSync: () => ({ language: "zh_CN", platform: "devtools", ...screen }),
    getDeviceInfo: () => ({ platform: "devtools" }),
    getWindowInfo: () => screen,
    getMenuButtonBoundingClientRect: () => ({ left: innerWidth - 95, top: 24, width: 87, height: 32 }),
    getLaunchOptionsSync: () => ({ path: "", query: {} }),
    canIUse: () => true,
  }),
  component: withReady,
  page: (options) => options,
  begin(page, query, attach) {
    attach();
    page.onLoad(query);
    page.onShow();
  },
});
