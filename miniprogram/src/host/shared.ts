/** What uni-app offers alike everywhere. */
const PREFIX = "y.";

export const store = {
  keep: (name: string, value: string): void => uni.setStorageSync(PREFIX + name, value),
  recall: (name: string): string | null => uni.getStorageSync(PREFIX + name) || null,
  forget: (name: string): void => uni.removeStorageSync(PREFIX + name),
  forgetAll(): void {
    const names: string[] = uni.getStorageInfoSync().keys;
    names.filter((name) => name.startsWith(PREFIX)).forEach((name) => uni.removeStorageSync(name));
  },
};

export const dial = (phone: string): void => void uni.makePhoneCall({ phoneNumber: phone, fail: () => undefined });

export const map = (lng: number, lat: number, name: string): void => void uni.openLocation({ longitude: lng, latitude: lat, name });

export const buzz = (): void => void uni.vibrateLong({ fail: () => undefined });

/** `https://…` or `appid|path` of another mini-program. */
export function openElsewhere(target: string): void {
  const [appId = "", path = ""] = target.split("|");
  uni.navigateToMiniProgram({ appId, path });
}
