/** How soon a page asks again. */
const PAYMENT = [2, 2, 3, 5, 8];
const LATER = 15;
const TEN_MINUTES = 600;

/** After the cashier: 2, 2, 3, 5, 8 seconds, then every 15 for ten minutes; then null, the news comes as a message. */
export function paymentDelay(asked: number): number | null {
  const first = PAYMENT[asked];
  if (first !== undefined) return first;
  return (asked - PAYMENT.length) * LATER < TEN_MINUTES ? LATER : null;
}
