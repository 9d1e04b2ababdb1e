import { describe, expect, it } from "vitest";
import { gcj02 } from "../src/core/gcj02";
import { tapKey } from "../src/core/keys";
import { spoken, step, yuan } from "../src/core/money";
import { paymentDelay } from "../src/core/queue";
import { clock, day, moment } from "../src/core/time";
import { distance, wait } from "../src/core/words";

describe("money", () => {
  it.each([
    [0, { sign: "", whole: "0", cents: "00" }],
    [5, { sign: "", whole: "0", cents: "05" }],
    [1864237, { sign: "", whole: "18,642", cents: "37" }],
    [100000000, { sign: "", whole: "1,000,000", cents: "00" }],
    [-4800, { sign: "−", whole: "48", cents: "00" }],
  ])("%i fen", (fen, shown) => expect(yuan(fen)).toEqual(shown));
  it("is spoken", () => expect(spoken(-4800)).toBe("负48.00 元"));
  it("steps down", () => expect([32650, 1864237, 99999999, 100000000].map(step)).toEqual(["wide", "middle", "middle", "narrow"]));
});

describe("time, on the hospital's clock", () => {
  it("whatever the offset", () => {
    expect(clock("2026-11-24T01:30:00Z")).toBe("09:30");
    expect(clock("2026-11-24T09:30:00.123456+08:00")).toBe("09:30");
  });
  it("for elders", () => expect(["01:30", "01:00", "01:05"].map((at) => clock(`2026-11-24T${at}:00Z`, true))).toEqual(["9 点半", "9 点", "9 点 05 分"]));
  it("the day turns at the hospital's midnight", () => {
    expect(day("2026-11-23T16:00:00Z", "2026-11-24T04:00:00Z")).toBe("今天");
    expect(day("2026-11-23T15:59:00Z", "2026-11-24T04:00:00Z")).toBe("昨天");
    expect(day("2026-11-24T16:00:00Z", "2026-11-24T04:00:00Z")).toBe("明天");
    expect(day("2026-11-21T04:00:00Z", "2026-11-24T04:00:00Z")).toBe("周六");
    expect(day("2026-11-10T04:00:00Z", "2026-11-24T04:00:00Z")).toBe("11月10日 周二");
    expect(day("2025-11-10T04:00:00Z", "2026-11-24T04:00:00Z")).toBe("2025年11月10日");
  });
  it("a moment", () => expect(moment("2026-11-24T01:30:00Z", "2026-11-24T04:00:00Z")).toBe("今天 09:30"));
});

describe("words", () => {
  it("of waiting", () => {
    expect(wait(10, 20)).toBe("10–20 分钟");
    expect(wait(10, 20, true)).toBe("10 到 20 分钟");
    expect(wait(null, null)).toBe("暂时估不出");
    expect(wait(0, 0)).toBe("马上就到");
    expect(wait(95, 120)).toBe("1.5 小时以上");
  });
  it("of distance", () => expect([4, 118, 999, 6234].map((metres) => distance(metres))).toEqual(["约 10 米", "约 120 米", "约 1000 米", "约 6.2 公里"]));
  it("of distance, for elders", () => expect(distance(6234, true)).toBe("约 6 公里"));
});

describe("positions", () => {
  it("inside the mainland move by the datum's offset", () => {
    const { lng, lat } = gcj02(116.404, 39.915);
    expect(lng).toBeCloseTo(116.41024, 4);
    expect(lat).toBeCloseTo(39.9164, 4);
  });
  it("outside stay", () => expect(gcj02(2.35, 48.85)).toEqual({ lng: 2.35, lat: 48.85 }));
});

describe("asking again", () => {
  it("after paying: 2, 2, 3, 5, 8, then 15 for ten minutes, then silence", () => {
    expect([0, 1, 2, 3, 4, 5, 6].map(paymentDelay)).toEqual([2, 2, 3, 5, 8, 15, 15]);
    expect(paymentDelay(44)).toBe(15);
    expect(paymentDelay(45)).toBeNull();
  });
  it("keys differ and fit the interface", () => {
    const keys = new Set(Array.from({ length: 1000 }, () => tapKey()));
    expect(keys.size).toBe(1000);
    keys.forEach((key) => expect(key).toMatch(/^[0-9a-z-]{8,64}$/));
  });
});
