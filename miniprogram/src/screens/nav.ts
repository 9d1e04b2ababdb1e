/** Going about. Back never repeats an action; a deep link gets a page underneath, so back never closes the program by surprise. */
export const HOME = "/pages/home/index";
const DEEPEST = 9;
const LEAVES_HISTORY = ["pages/result/index", "pages/sign-in/index", "pages/card/index"];

interface Page {
  route: string;
  options?: Record<string, string>;
  $page?: { fullPath: string };
}

const stack = (): Page[] => getCurrentPages() as unknown as Page[];

function addressOf(page: Page): string {
  const query = Object.entries(page.options ?? {}).map(([name, value]) => `${name}=${value}`);
  return page.$page?.fullPath ?? `/${page.route}${query.length ? `?${query.join("&")}` : ""}`;
}

export function go(target: string): void {
  const pages = stack();
  const last = pages.length - 1;
  const found = pages.findIndex((page) => addressOf(page) === target);
  if (found >= 0 && found < last) uni.navigateBack({ delta: last - found });
  else if (found === last && last >= 0) return;
  else if (target.startsWith(HOME)) uni.reLaunch({ url: target });
  else if (pages.length >= DEEPEST || LEAVES_HISTORY.includes(pages[last]?.route ?? "")) uni.redirectTo({ url: target });
  else uni.navigateTo({ url: target });
}

export function goBack(back: string): void {
  if (stack().length > 1) uni.navigateBack({});
  else uni.reLaunch({ url: back || HOME });
}

export const alone = (): boolean => stack().length <= 1;

/** The page that shows a screen, by the screen's key (`visit:RUN`, `step-KEY:RUN`); empty when it has none of its own. */
export function pageOf(key: string): string {
  const at = key.indexOf(":");
  const [kind, run] = [key.slice(0, at), key.slice(at + 1)];
  if (kind === "visit") return `/pages/visit/index?id=${run}`;
  return kind.startsWith("step-") ? `/pages/step/index?visit=${run}&step=${kind.slice(5)}` : "";
}
