/** What both hosts have in common: calls are noted, requests go to the loopback server that served this page. */
const ORIGIN = "https://hospital.example";
const KEPT = "kept ";

const plain = (given) => (typeof given === "function" ? null : JSON.parse(JSON.stringify(given ?? null)));

/** Notes each call under its name, without the functions given to it. */
export function noted(phone, api) {
  return Object.fromEntries(
    Object.entries(api).map(([name, call]) => [
      name,
      typeof call !== "function" ? call : (...given) => (phone.calls.push({ name, given: plain(given[0]) }), call(...given)),
    ]),
  );
}

/** The answer of the hospital; null when nothing was heard or a stranger was asked. */
export async function heard({ url, method, data, header }) {
  if (!url.startsWith(`${ORIGIN}/`)) return null;
  const answer = await fetch(url.slice(ORIGIN.length), { method, body: data, headers: header }).catch(() => null);
  if (!answer) return null;
  const text = await answer.text();
  return { status: answer.status, body: text && JSON.parse(text), header: Object.fromEntries(answer.headers) };
}

export const kept = {
  get: (key) => JSON.parse(localStorage.getItem(KEPT + key)),
  set: (key, value) => localStorage.setItem(KEPT + key, JSON.stringify(value)),
  remove: (key) => localStorage.removeItem(KEPT + key),
  keys: () => Object.keys(localStorage).filter((key) => key.startsWith(KEPT)).map((key) => key.slice(KEPT.length)),
};

/** Calls that only have to succeed. */
export const quiet = (...names) => Object.fromEntries(names.map((name) => [name, (given) => given?.success?.({})]));

export const ways = ({ open, back }) => {
  const done = (how) => ({ url, success }) => (open(url, how), success?.({}));
  return { navigateTo: done("push"), redirectTo: done("replace"), reLaunch: done("launch"), navigateBack: ({ delta = 1, success }) => (back(delta), success?.({})) };
};

/** What a test laid out for a call decides how it ends; a fault has `fault`. */
export function answered(phone, name, { success, fail }, usual) {
  const answer = phone.answers[name] ?? usual;
  setTimeout(() => (answer.fault ? fail?.(answer.fault) : success?.(answer)));
}
