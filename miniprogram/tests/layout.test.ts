import { describe, expect, it } from "vitest";
import type { Action, Block, Elder, Of, Screen, Station } from "../src/api/screen";
import { cardHasButton, layout, wording } from "../src/core/layout";
import { fold, pieces } from "../src/core/line";

const role = (name: Elder["role"]): Elder => ({ role: name, title: null, text: null });
const action = (target: string, kind: Action["kind"] = "go"): Action => ({ label: "去", kind, target, tone: "second", body: {}, locate: false, confirm: null });
const card = (more: Partial<Of<"now_card">> = {}): Of<"now_card"> => ({
  type: "now_card", key: "now", elder: role("lead"), tone: "now", title: "候诊", lead: "", value: "", unit: "", place: "门诊楼", wait: "", caution: "", icon: "visit", action: action("/a"), ...more,
}); // prettier-ignore
const place: Of<"place"> = { type: "place", key: "place", elder: role("support"), campus: "", building: "门诊楼", floor: "", room: "", hint: "", navigate: null };
const notice = (name: Elder["role"]): Of<"notice"> => ({ type: "notice", key: name, elder: role(name), tone: "plain", title: "", text: name, action: null });
const bar = (main: Action | null, second: Action | null = null): Of<"action_bar"> => ({ type: "action_bar", key: "bar", elder: role("support"), main, second, link: null, sum: null });
const screen = (mode: Screen["mode"], ...blocks: Block[]): Screen => ({
  key: "visit:V1", title: "", tone: "plain", mode, as_of: "2026-11-24T01:00:00Z", speech: "", blocks, poll: null, back: "", desk_phone: "020", desk_name: "",
}); // prettier-ignore
const keys = (blocks: Block[]): string[] => blocks.map((block) => block.key);

describe("layout", () => {
  it("normal shows everything, the bar at the bottom", () => {
    const found = layout(screen("normal", card(), notice("more"), notice("drop"), bar(action("/b"))));
    expect(keys(found.shown)).toEqual(["now", "more", "drop"]);
    expect(found.folded).toEqual([]);
    expect(found.bar?.main?.target).toBe("/b");
  });
  it("elder folds what is more and drops what is to be dropped", () => {
    const found = layout(screen("elder", card(), notice("more"), notice("drop"), notice("support")));
    expect(keys(found.shown)).toEqual(["now", "support"]);
    expect(keys(found.folded)).toEqual(["more"]);
  });
  it("a place the now card already says is drawn once", () => {
    expect(keys(layout(screen("normal", card(), place)).shown)).toEqual(["now"]);
    expect(keys(layout(screen("normal", card({ place: "医技楼" }), place)).shown)).toEqual(["now", "place"]);
  });
  it("one filled button a screen", () => {
    const both = [card(), bar(action("/a"), action("020", "call"))] as const;
    expect(cardHasButton(both[0], screen("normal", ...both))).toBe(false);
    expect(cardHasButton(both[0], screen("elder", ...both))).toBe(true);
    expect(layout(screen("elder", ...both)).bar).toBeNull();
    expect(layout(screen("normal", ...both)).bar?.second?.kind).toBe("call");
  });
  it("elder words fall back to the normal ones", () => {
    expect(wording({ role: "lead", title: "去付钱", text: null }, true, "缴费", "请缴费")).toEqual({ title: "去付钱", text: "请缴费" });
    expect(wording({ role: "lead", title: "去付钱", text: null }, false, "缴费", "请缴费").title).toBe("缴费");
  });
});

describe("the line", () => {
  const station = (key: string, state: Station["state"], lanes: Station[][] = []): Station => ({
    key, state, title: key, note: "", time: null, icon: "visit", place: "", optional: "", action: null, lanes,
  }); // prettier-ignore
  it("numbers run on through lanes and forks inside lanes", () => {
    const inner = station("inner", "now", [[station("x", "now")], [station("y", "future")]]);
    const all = pieces([station("a", "done"), station("fork", "now", [[station("b", "now"), inner], [station("c", "future")]]), station("d", "future")]);
    const numbers = all.flatMap((piece) => (piece.kind === "stop" ? [piece.number] : piece.lanes.flat().map((stop) => stop.number)));
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6]);
    expect(all[1]?.number).toBe(2);
  });
  it("folds a finished beginning of two or more", () => {
    const [one, two] = [pieces([station("a", "done"), station("b", "now")]), pieces([station("a", "done"), station("b", "skipped"), station("c", "now")])];
    expect(fold(one).past).toEqual([]);
    expect(fold(two).past).toHaveLength(2);
    expect(fold(two).rest[0]?.station.key).toBe("c");
  });
});
