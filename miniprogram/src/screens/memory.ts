/** The last screens seen, kept on the phone for the time without a network. They arrive masked and are forgotten at sign-out. */
import type { Screen } from "../api/screen";
import { host } from "../host";

const KEPT = 12;
const INDEX = "screens";

const names = (): string[] => JSON.parse(host.recall(INDEX) ?? "[]") as string[];

export function remember(path: string, screen: Screen): void {
  const known = [path, ...names().filter((name) => name !== path)];
  known.slice(KEPT).forEach((name) => host.forget(`screen ${name}`));
  host.keep(INDEX, JSON.stringify(known.slice(0, KEPT)));
  host.keep(`screen ${path}`, JSON.stringify(screen));
}

export function recall(path: string): Screen | null {
  const text = host.recall(`screen ${path}`);
  return text ? (JSON.parse(text) as Screen) : null;
}

/** A screen that one page hands to the next, so that nobody waits for it twice. */
const handed = new Map<string, Screen>();

export const hand = (page: string, screen: Screen): void => void handed.set(page, screen);

export function take(page: string): Screen | null {
  const screen = handed.get(page) ?? null;
  handed.delete(page);
  return screen;
}
