/** Money is whole fen; only a screen says yuan. */
export interface Yuan {
  sign: string;
  whole: string;
  cents: string;
}

/** `4267250` → `{sign: "", whole: "42,672", cents: "50"}`: always two decimals, a comma every three, never 万. */
export function yuan(fen: number): Yuan {
  const amount = Math.abs(Math.trunc(fen));
  const whole = String(Math.floor(amount / 100)).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return { sign: fen < 0 ? "−" : "", whole, cents: String(amount % 100).padStart(2, "0") };
}

export function spoken(fen: number): string {
  const { sign, whole, cents } = yuan(fen);
  return `${sign ? "负" : ""}${whole}.${cents} 元`;
}

/** The size step of a hero sum: long ones step down, never wrap or cut. */
export function step(fen: number): "wide" | "middle" | "narrow" {
  const length = yuan(fen).whole.length;
  return length <= 5 ? "wide" : length <= 7 ? "middle" : "narrow";
}
