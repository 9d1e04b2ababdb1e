/** Figures in plain words. Unknown is said to be unknown. */
export function wait(low: number | null, high: number | null, elder = false): string {
  if (low === null || high === null) return "暂时估不出";
  if (high === 0) return "马上就到";
  if (low > 90) return `${Math.floor(low / 30) / 2} 小时以上`;
  if (low === high) return `约 ${low} 分钟`;
  return elder ? `${low} 到 ${high} 分钟` : `${low}–${high} 分钟`;
}

/** Under 1 km to 10 m; above, one decimal; for elders whole kilometres. */
export function distance(metres: number, elder = false): string {
  if (metres < 1000) return `约 ${Math.max(10, Math.round(metres / 10) * 10)} 米`;
  return elder ? `约 ${Math.round(metres / 1000)} 公里` : `约 ${(metres / 1000).toFixed(1)} 公里`;
}
