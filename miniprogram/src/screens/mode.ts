/** Normal or elder: the server chooses and says why; the account's own choice wins. What the server chose is announced once. */
import { reactive } from "vue";
import { ask } from "../api/session";
import type { Display, Me } from "../api/screen";
import { host } from "../host";
import { drawnAs } from "./display";

const READ = "prompt read";

export type Choice = "normal" | "elder" | "auto";
export const mode = reactive<{ now: Display["mode"]; source: Display["source"]; prompt: string }>({ now: "normal", source: "default", prompt: "" });

function taken(display: Display): void {
  const read = host.recall(READ) === display.prompt;
  Object.assign(mode, { now: display.mode, source: display.source, prompt: read ? "" : display.prompt });
  drawnAs(display.mode);
}

/** Silent when it cannot be had: the screen itself says how it is drawn. */
export async function askMode(): Promise<void> {
  await ask<Me>("/me").then(({ data }) => taken(data.display), () => undefined); // prettier-ignore
}

export async function chooseMode(choice: Choice): Promise<void> {
  const { data } = await ask<Display>("/me/display", { method: "PUT", body: { mode: choice } });
  markRead();
  taken(data);
}

export function markRead(): void {
  if (mode.prompt) host.keep(READ, mode.prompt);
  mode.prompt = "";
}
