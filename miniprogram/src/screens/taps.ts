/** Carrying out a tap. One key per tap; a repeat after silence carries the same key. The answer is the next screen. */
import { ask, Leaving } from "../api/session";
import { Refused } from "../api/client";
import type { Action, Filled, Payment, Position, Problem, Screen } from "../api/screen";
import { tapKey } from "../core/keys";
import { host } from "../host";
import { NoPosition } from "../host/port";
import { nameOf, underWay } from "./busy";
import { hand } from "./memory";
import { go, pageOf } from "./nav";

const AGREED = "position explained";

/** What rises from the bottom: a question before, or a refusal after. `key` is kept while nobody knows whether the tap arrived. */
export type Sheet =
  | { kind: "confirm"; action: Action }
  | { kind: "locate"; action: Action }
  | { kind: "no_position"; action: Action; reason: "refused" | "unavailable" }
  | { kind: "refused"; action: Action; problem: Problem }
  | { kind: "unheard"; action: Action; key: string };

interface Stage {
  sheet: Sheet | null;
  notice: string;
  load(): Promise<void>;
  show(screen: Screen): void;
}

export interface Given {
  confirmed?: boolean;
  key?: string;
}

export function performer(stage: Stage, page: () => string): (action: Action, given?: Given) => Promise<void> {
  async function perform(action: Action, given: Given = {}): Promise<void> {
    if (underWay.value) return;
    if (action.confirm && !given.confirmed && !given.key) return askFirst({ kind: "confirm", action });
    if (action.locate && host.recall(AGREED) === null) return askFirst({ kind: "locate", action });
    stage.sheet = null;
    switch (action.kind) {
      case "go":
        return go(action.target);
      case "call":
        return host.dial(action.target);
      case "nav":
        return toMap(action.target);
      case "open":
        return host.open(action.target);
      case "act":
      case "pay":
        return sendTap(action, given.key ?? tapKey());
      default:
        return unknown(action.kind);
    }
  }

  function askFirst(sheet: Sheet): void {
    stage.sheet = sheet;
  }

  async function sendTap(action: Action, key: string): Promise<void> {
    underWay.value = nameOf(action);
    try {
      await (action.kind === "pay" ? pay(action, key) : act(action, key));
    } catch (fault) {
      refusedOrUnheard(fault, action, key);
    } finally {
      underWay.value = "";
    }
  }

  async function act(action: Action, key: string): Promise<void> {
    const position = action.locate ? await host.locate() : null;
    const { data } = await ask<Screen>(action.target, posted(bodyOf(action, position), key));
    next(data);
  }

  function next(screen: Screen): void {
    const target = pageOf(screen.key);
    if (!target || target === page()) return stage.show(screen);
    hand(target, screen);
    go(target);
  }

  async function pay(action: Action, key: string): Promise<void> {
    const { data } = await ask<Payment>(action.target, posted(action.body, key));
    const back = resultPage(action.target);
    const paid = await host.pay(data, back);
    if (paid === "asked") uni.redirectTo({ url: back });
    if (paid === "cancelled") {
      await stage.load();
      stage.notice = "付款页面已关闭。有没有付成，以医院收到为准。";
    }
  }

  function refusedOrUnheard(fault: unknown, action: Action, key: string): void {
    if (fault instanceof Leaving) return;
    if (fault instanceof NoPosition) return askFirst({ kind: "no_position", action, reason: fault.reason });
    if (!(fault instanceof Refused)) return askFirst({ kind: "unheard", action, key });
    const { problem } = fault;
    if (problem.status >= 500 && problem.code.startsWith("http.")) return askFirst({ kind: "unheard", action, key });
    if (!problem.screen) return askFirst({ kind: "refused", action, problem });
    next(problem.screen);
    stage.notice = [problem.title, problem.detail].filter(Boolean).join("。");
  }

  return perform;
}

export const agreeToLocate = (): void => host.keep(AGREED, "yes");

function posted(body: object, key: string): { method: "POST"; body: object; headers: Record<string, string> } {
  return { method: "POST", body, headers: { "Idempotency-Key": key } };
}

export function bodyOf(action: Filled, position: Position | null): object {
  return { ...action.body, ...(action.data ? { data: action.data } : {}), ...(position ? { position } : {}) };
}

/** `/visits/R/steps/S/pay` → the page that asks how it ended. */
export function resultPage(target: string): string {
  const [, visit = "", step = ""] = /^\/visits\/([^/]+)\/steps\/([^/]+)\/pay$/.exec(target) ?? [];
  return `/pages/result/index?visit=${visit}&step=${step}`;
}

function toMap(target: string): void {
  const [lng = "", lat = "", name = ""] = target.split(",");
  host.map(Number(lng), Number(lat), name);
}

function unknown(_kind: never): void {
  // A kind of tap this version does not know yet does nothing.
}
