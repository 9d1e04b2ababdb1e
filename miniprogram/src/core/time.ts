/** Times arrive in ISO 8601 with offset and are shown as the hospital's clock has them, wherever the phone is. */
const ZONE_MINUTES = 8 * 60;
const DAY = 86_400_000;
const WEEKDAYS = ["周日", "周一", "周二", "周三", "周四", "周五", "周六"];

/** The moment on the hospital's clock; read it with the UTC getters. */
function local(iso: string): Date {
  const trimmed = iso.replace(/(\.\d{3})\d+/, "$1");
  return new Date(new Date(trimmed).getTime() + ZONE_MINUTES * 60_000);
}

const two = (number: number): string => String(number).padStart(2, "0");

/** 09:30; for elders 9 点半, 9 点 05 分. */
export function clock(iso: string, elder = false): string {
  const at = local(iso);
  const [hour, minute] = [at.getUTCHours(), at.getUTCMinutes()];
  if (!elder) return `${two(hour)}:${two(minute)}`;
  if (minute === 0) return `${hour} 点`;
  return minute === 30 ? `${hour} 点半` : `${hour} 点 ${two(minute)} 分`;
}

/** 今天, 昨天, 周六; else 11月24日 周二; the year only if it is another. */
export function day(iso: string, now: string): string {
  const [at, today] = [local(iso), local(now)];
  const days = Math.floor(today.getTime() / DAY) - Math.floor(at.getTime() / DAY);
  if (days === 0) return "今天";
  if (days === 1) return "昨天";
  if (days === -1) return "明天";
  const weekday = WEEKDAYS[at.getUTCDay()];
  if (days > 1 && days < 7) return `${weekday}`;
  const date = `${at.getUTCMonth() + 1}月${at.getUTCDate()}日`;
  return at.getUTCFullYear() === today.getUTCFullYear() ? `${date} ${weekday}` : `${at.getUTCFullYear()}年${date}`;
}

/** 今天 09:30. */
export function moment(iso: string, now: string, elder = false): string {
  return `${day(iso, now)} ${clock(iso, elder)}`;
}
