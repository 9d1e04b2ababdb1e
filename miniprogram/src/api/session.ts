/** Who is asking. The token lives on the phone; when it is refused, a mini-program signs in again by itself, the H5 leads to the sign-in page. */
import { host } from "../host";
import { Refused, send, type Answer, type Request } from "./client";
import type { Config, SignedIn } from "./screen";

const TOKEN = "token";
const CONFIG = "config";
let config: Config | null = null;

export const token = (): string => host.recall(TOKEN) ?? "";

/** What a client knows before anyone signs in; without a network, as it was last time. */
export async function configuration(): Promise<Config> {
  if (config) return config;
  try {
    config = (await send<Config>("/config")).data;
    host.keep(CONFIG, JSON.stringify(config));
    return config;
  } catch (fault) {
    const last = host.recall(CONFIG);
    if (last === null) throw fault;
    return JSON.parse(last) as Config;
  }
}

export async function signIn(code: string): Promise<SignedIn> {
  const { data } = await send<SignedIn>("/sign-in", { method: "POST", body: { platform: host.platform, code } });
  host.keep(TOKEN, data.token);
  return data;
}

export function signOut(): void {
  host.forgetAll();
  uni.reLaunch({ url: "/pages/sign-in/index" });
}

/** A request in the account's name. */
export async function ask<T>(path: string, request: Request = {}): Promise<Answer<T>> {
  try {
    return await send<T>(path, named(request));
  } catch (fault) {
    if (!(fault instanceof Refused) || fault.problem.status !== 401) throw fault;
    await renewed();
    return send<T>(path, named(request));
  }
}

function named(request: Request): Request {
  return token() ? { ...request, headers: { ...request.headers, Authorization: `Bearer ${token()}` } } : request;
}

/** The page is being left for sign-in or the card: there is nothing to say about it any more. */
export class Leaving extends Error {}

function leave(url: string): Leaving {
  uni.reLaunch({ url });
  return new Leaving();
}

let renewing: Promise<void> | null = null;

/** One sign-in at a time, however many requests were refused. */
function renewed(): Promise<void> {
  renewing ??= renew().finally(() => (renewing = null));
  return renewing;
}

async function renew(): Promise<void> {
  host.forget(TOKEN);
  const code = await host.silentCode();
  if (!code) throw leave(`/pages/sign-in/index?next=${encodeURIComponent(here())}`);
  const { bound } = await signIn(code);
  if (!bound) throw leave("/pages/card/index");
}

/** The page the person is on, to come back to. */
function here(): string {
  const page = getCurrentPages().slice(-1)[0] as unknown as { route: string; options?: Record<string, string>; $page?: { fullPath: string } } | undefined;
  if (!page) return "/pages/home/index";
  const query = Object.entries(page.options ?? {}).map(([name, value]) => `${name}=${value}`);
  return page.$page?.fullPath ?? `/${page.route}${query.length ? `?${query.join("&")}` : ""}`;
}
