/** A page that shows a screen: fetches it, asks again while it is in view, and carries out taps. */
import { onHide, onShow, onUnload } from "@dcloudio/uni-app";
import { reactive } from "vue";
import { ask, Leaving } from "../api/session";
import { Refused } from "../api/client";
import type { Action, Problem, Screen } from "../api/screen";
import { host } from "../host";
import { paymentDelay } from "../core/queue";
import { confirming, isKnown, NOT_RECEIVED, stillToPay } from "./confirming";
import { drawnAs } from "./display";
import { recall, remember, take } from "./memory";
import { justCalled, news } from "./said";
import { performer, type Given, type Sheet } from "./taps";

const [SKELETON_MS, SLOW_MS] = [300, 5_000];
const QUIET_SECONDS = 15;

export interface View {
  screen: Screen | null;
  phase: "quiet" | "skeleton" | "slow" | "ready" | "failed";
  problem: Problem | null;
  stale: boolean;
  notice: string;
  said: string;
  sheet: Sheet | null;
  load(): Promise<void>;
  perform(action: Action, given?: Given): Promise<void>;
  show(screen: Screen): void;
}

/** `path`: what to fetch, under `/api/v1`; empty: nothing to fetch yet. `page`: this page's address. */
export function useScreen(path: () => string, page: () => string, afterPaying = false): View {
  const view: View = reactive({ screen: null, phase: "quiet", problem: null, stale: false, notice: "", said: "", sheet: null, load, perform, show }) as View;
  let [etag, visible, asked, turn] = ["", false, 0, 0];
  let timer: ReturnType<typeof setTimeout> | undefined;

  function show(screen: Screen): void {
    if (justCalled(view.screen, screen)) host.buzz();
    view.said = news(view.screen, screen);
    Object.assign(view, { screen, phase: "ready", problem: null, stale: false });
    drawnAs(screen.mode);
    if (!afterPaying) remember(path(), screen);
  }

  function showFetched(screen: Screen): void {
    if (!afterPaying || !stillToPay(screen)) return show(screen);
    const patient = asked <= 5;
    view.notice = patient ? "" : NOT_RECEIVED;
    show(patient ? confirming(screen) : screen);
  }

  async function load(): Promise<void> {
    const mine = ++turn;
    if (!path()) return;
    clearTimeout(timer);
    const slow = waitingWords();
    try {
      const headers: Record<string, string> = etag && view.screen ? { "If-None-Match": etag } : {};
      const answer = await ask<Screen>(path(), { headers });
      if (mine !== turn) return;
      asked += 1;
      view.stale = false;
      etag = answer.etag || etag;
      if (answer.status !== 304) showFetched(answer.data);
    } catch (fault) {
      if (mine === turn) failed(fault);
    } finally {
      slow.forEach(clearTimeout);
      if (mine === turn) again();
    }
  }

  function waitingWords(): ReturnType<typeof setTimeout>[] {
    if (view.screen) return [];
    view.phase = "quiet";
    return [setTimeout(() => (view.phase = "skeleton"), SKELETON_MS), setTimeout(() => (view.phase = "slow"), SLOW_MS)];
  }

  function failed(fault: unknown): void {
    if (fault instanceof Leaving) return;
    if (fault instanceof Refused && fault.problem.status < 500) {
      Object.assign(view, { phase: "failed", problem: fault.problem, screen: null });
      return;
    }
    const last = view.screen ?? recall(path());
    if (last) Object.assign(view, { screen: last, phase: "ready", stale: true });
    else Object.assign(view, { phase: "failed", problem: fault instanceof Refused ? fault.problem : null });
  }

  function again(): void {
    clearTimeout(timer);
    const seconds = delay();
    if (visible && seconds !== null) timer = setTimeout(() => void load(), seconds * 1000);
  }

  function delay(): number | null {
    if (view.stale) return QUIET_SECONDS;
    if (afterPaying && view.screen && !isKnown(view.screen)) return paymentDelay(asked - 1);
    return view.screen?.poll?.after ?? null;
  }

  const tap = performer(view, page);
  async function perform(action: Action, given: Given = {}): Promise<void> {
    view.notice = "";
    await tap(action, given);
    again(); // the answer may be a screen that asks sooner
  }

  onShow(() => {
    visible = true;
    const given = take(page());
    if (given) show(given);
    void load();
  });
  const stop = (): void => {
    visible = false;
    turn += 1;
    clearTimeout(timer);
    if (host.canSpeak) host.hush();
  };
  onHide(stop);
  onUnload(stop);
  return view;
}
