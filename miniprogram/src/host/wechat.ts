/** WeChat: mini-program login, WeChat Pay, GCJ-02 positions. */
import type { Paid } from "./port";
import { NoPosition, type Host } from "./port";
import { buzz, dial, map, openElsewhere, store } from "./shared";

/** WeChat's own call: through uni-app the cashier would be given more than the five signed parameters. */
declare const wx: { requestPayment(options: object): void };

interface BaseInfo {
  fontSizeSetting?: number;
  theme?: string;
}

const baseInfo = (): BaseInfo => uni.getAppBaseInfo() as unknown as BaseInfo;

export const wechat: Host = {
  name: "wechat",
  platform: "wechat",
  origin: "https://hospital.example",
  ownBar: true,
  bar() {
    const { statusBarHeight = 20, windowWidth } = uni.getWindowInfo();
    return { top: statusBarHeight, right: windowWidth - uni.getMenuButtonBoundingClientRect().left };
  },
  silentCode: () => new Promise((resolve) => uni.login({ provider: "weixin", success: ({ code }) => resolve(code), fail: () => resolve(null) })),
  leaveToSignIn: () => undefined,
  pay: ({ params }) =>
    new Promise<Paid>((resolve) => {
      const done = (paid: Paid) => () => resolve(paid);
      const fail = ({ errMsg }: { errMsg: string }): void => resolve(/cancel/.test(errMsg) ? "cancelled" : "asked");
      wx.requestPayment({ ...params, success: done("asked"), fail });
    }),
  locate: () =>
    new Promise((resolve, reject) => {
      uni.getLocation({
        type: "gcj02",
        isHighAccuracy: true,
        success: ({ longitude, latitude, accuracy }) => resolve({ lng: longitude, lat: latitude, accuracy, at: new Date().toISOString() }),
        fail: ({ errMsg }: { errMsg: string }) => reject(new NoPosition(/auth|deny/.test(errMsg) ? "refused" : "unavailable")),
      });
    }),
  openPermissions: () => uni.openSetting({}),
  dial,
  map,
  open: openElsewhere,
  buzz,
  fontPx: () => baseInfo().fontSizeSetting ?? null,
  canSpeak: false,
  speak: () => undefined,
  hush: () => undefined,
  dark(changed) {
    uni.onThemeChange(({ theme }) => changed(theme === "dark"));
    return baseInfo().theme === "dark";
  },
  paint(colour, dark) {
    uni.setBackgroundColor({ backgroundColor: colour });
    uni.setNavigationBarColor({ frontColor: dark ? "#ffffff" : "#000000", backgroundColor: colour });
  },
  ...store,
};
