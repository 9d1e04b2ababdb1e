/** How screens are drawn for this person: the server says normal or elder; text step, contrast and darkness are this phone's. */
import { computed, reactive } from "vue";
import type { Display } from "../api/screen";
import { host } from "../host";

export type Darkness = "auto" | "light" | "dark";

export const display = reactive({
  mode: "normal" as Display["mode"],
  step: 0,
  contrast: false,
  darkness: "auto" as Darkness,
  hostDark: false,
});

const dark = computed(() => (display.darkness === "auto" ? display.hostDark : display.darkness === "dark"));

/** The classes of a page's root. `mode` is the screen's own word, where there is a screen. */
export function rootClass(mode: Display["mode"]): string {
  const colours = display.contrast ? "y--contrast" : dark.value ? "y--dark" : "y--light";
  return ["y", mode === "elder" ? "y--elder" : "", colours, display.step ? `y--k${display.step}` : ""].filter(Boolean).join(" ");
}

export function begin(): void {
  display.mode = host.recall("mode") === "elder" ? "elder" : "normal";
  display.step = Number(host.recall("step") ?? 0);
  display.contrast = host.recall("contrast") === "yes";
  display.darkness = (host.recall("darkness") as Darkness | null) ?? "auto";
  display.hostDark = host.dark((changed) => (display.hostDark = changed));
}

export function drawnAs(mode: Display["mode"]): void {
  display.mode = mode;
  host.keep("mode", mode);
}

export function choose(name: "step" | "contrast" | "darkness", value: number | boolean | Darkness): void {
  Object.assign(display, { [name]: value });
  host.keep(name, value === true ? "yes" : value === false ? "" : String(value));
}

/** The ground of the page outside the page's own root, for the host. */
export function ground(): { colour: string; dark: boolean } {
  if (display.contrast) return { colour: "#ffffff", dark: false };
  return dark.value ? { colour: "#0c1413", dark: true } : { colour: "#f1f5f3", dark: false };
}
