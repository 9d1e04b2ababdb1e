/** A key for one tap: a repeat of the same tap carries the same key, so it cannot be done twice. */
export function tapKey(now: number = Date.now(), random: () => number = Math.random): string {
  const noise = Array.from({ length: 20 }, () => Math.floor(random() * 36).toString(36)).join("");
  return `tap-${now.toString(36)}-${noise}`;
}
