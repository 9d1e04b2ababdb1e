/** Alipay: its own authorisation code, trade payment, GCJ-02 positions, its own navigation bar. */
import { NoPosition, type Host } from "./port";
import { buzz, dial, map, openElsewhere, store } from "./shared";

interface My {
  getAuthCode(options: { scopes: string; success(answer: { authCode: string }): void; fail(): void }): void;
  getLocation(options: { type: number; success(answer: { longitude: string; latitude: string; accuracy: string }): void; fail(fault: { error?: number }): void }): void;
  openSetting(options: object): void;
}
declare const my: My;

/** Alipay's fault when the person, or the system, does not allow a position. */
const NOT_ALLOWED = [11, 2001, 2002, 2003];

export const alipay: Host = {
  name: "alipay",
  platform: "alipay",
  origin: "https://hospital.example",
  ownBar: false,
  bar: () => ({ top: 0, right: 0 }),
  silentCode: () => new Promise((resolve) => my.getAuthCode({ scopes: "auth_base", success: ({ authCode }) => resolve(authCode), fail: () => resolve(null) })),
  leaveToSignIn: () => undefined,
  // The order is WeChat's until an Alipay channel stands: the server says how it is, this program never guesses.
  pay: () => Promise.resolve("asked"),
  locate: () =>
    new Promise((resolve, reject) => {
      my.getLocation({
        type: 0,
        success: ({ longitude, latitude, accuracy }) => resolve({ lng: Number(longitude), lat: Number(latitude), accuracy: Number(accuracy), at: new Date().toISOString() }),
        fail: ({ error }) => reject(new NoPosition(NOT_ALLOWED.includes(error ?? 0) ? "refused" : "unavailable")),
      });
    }),
  openPermissions: () => my.openSetting({}),
  dial,
  map,
  open: openElsewhere,
  buzz,
  fontPx: () => null,
  canSpeak: false,
  speak: () => undefined,
  hush: () => undefined,
  dark: () => false,
  paint: (colour) => uni.setNavigationBarColor({ frontColor: "#000000", backgroundColor: colour }),
  ...store,
};
