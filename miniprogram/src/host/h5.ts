/** A browser: the sign-in page and the cashier are web pages that lead back to `/m/`; positions are converted; the browser reads aloud. */
import { gcj02 } from "../core/gcj02";
import { NoPosition, type Host } from "./port";
import { buzz, dial, store } from "./shared";

const FRONT = (): string => `${location.origin}${location.pathname}`;

function withQuery(address: string, query: Record<string, string>): string {
  const url = new URL(address, location.href);
  Object.entries(query).forEach(([name, value]) => url.searchParams.set(name, value));
  return url.toString();
}

/** WeChat's own web sign-in brings its code before the `#`; it counts once. */
function codeBrought(): string | null {
  const code = new URLSearchParams(location.search).get("code");
  if (code) history.replaceState(null, "", `${FRONT()}${location.hash}`);
  return code;
}

/** Views are no buttons to a keyboard: Enter and Space press what has the focus. */
function pressByKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (!["Enter", " "].includes(event.key) || !/^(button|radio|checkbox|link|tab)$/.test(target.getAttribute("role") ?? "")) return;
  event.preventDefault();
  target.click();
}

if (typeof document !== "undefined") document.addEventListener("keydown", pressByKey);

export const h5: Host = {
  name: "h5",
  platform: "wechat",
  origin: "",
  ownBar: true,
  bar: () => ({ top: 0, right: 0 }),
  silentCode: () => Promise.resolve(codeBrought()),
  leaveToSignIn({ sign_in_url }) {
    location.href = withQuery(sign_in_url, { redirect: `${FRONT()}#/pages/sign-in/index` });
  },
  pay({ cashier }, back) {
    if (!cashier) return Promise.resolve("asked");
    location.href = withQuery(cashier, { back: `${FRONT()}#${back}` });
    return Promise.resolve("leaving");
  },
  locate: () =>
    new Promise((resolve, reject) => {
      if (!navigator.geolocation) return reject(new NoPosition("unavailable"));
      const success = ({ coords, timestamp }: GeolocationPosition): void =>
        resolve({ ...gcj02(coords.longitude, coords.latitude), accuracy: coords.accuracy, at: new Date(timestamp).toISOString() });
      const failure = ({ code, PERMISSION_DENIED }: GeolocationPositionError): void => reject(new NoPosition(code === PERMISSION_DENIED ? "refused" : "unavailable"));
      navigator.geolocation.getCurrentPosition(success, failure, { enableHighAccuracy: true, timeout: 10_000, maximumAge: 0 });
    }),
  openPermissions: () => undefined,
  dial,
  map(lng, lat, name) {
    window.open(withQuery("https://uri.amap.com/marker", { position: `${lng},${lat}`, name, coordinate: "gaode" }), "_blank", "noopener");
  },
  open(target) {
    if (/^(https?:|\/)/.test(target)) location.href = target;
  },
  buzz,
  fontPx: () => null,
  canSpeak: typeof window !== "undefined" && "speechSynthesis" in window,
  speak(text, done) {
    speechSynthesis.cancel();
    const speech = new SpeechSynthesisUtterance(text);
    Object.assign(speech, { lang: "zh-CN", rate: 0.9, onend: done, onerror: done });
    speechSynthesis.speak(speech);
  },
  hush: () => speechSynthesis.cancel(),
  dark(changed) {
    const query = matchMedia("(prefers-color-scheme: dark)");
    query.addEventListener("change", (event) => changed(event.matches));
    return query.matches;
  },
  paint(colour) {
    document.documentElement.style.background = colour;
    document.body.style.background = colour;
  },
  ...store,
};
