/**
 * A browser reads positions in WGS-84; the interface takes GCJ-02, the map datum of mainland China, as both mini-programs read it.
 * The offset applies inside the mainland's bounding box only.
 */
const A = 6378245.0;
const EE = 0.00669342162296594323;

function outside(lng: number, lat: number): boolean {
  return lng < 72.004 || lng > 137.8347 || lat < 0.8293 || lat > 55.8271;
}

function waves(x: number, y: number): [number, number] {
  const common = (20 * Math.sin(6 * x * Math.PI) + 20 * Math.sin(2 * x * Math.PI)) * (2 / 3);
  const lat =
    -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x)) + common +
    (20 * Math.sin(y * Math.PI) + 40 * Math.sin((y / 3) * Math.PI)) * (2 / 3) +
    (160 * Math.sin((y / 12) * Math.PI) + 320 * Math.sin((y * Math.PI) / 30)) * (2 / 3);
  const lng =
    300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) + common +
    (20 * Math.sin(x * Math.PI) + 40 * Math.sin((x / 3) * Math.PI)) * (2 / 3) +
    (150 * Math.sin((x / 12) * Math.PI) + 300 * Math.sin((x / 30) * Math.PI)) * (2 / 3);
  return [lng, lat];
}

export function gcj02(lng: number, lat: number): { lng: number; lat: number } {
  if (outside(lng, lat)) return { lng, lat };
  const [east, north] = waves(lng - 105, lat - 35);
  const radians = (lat / 180) * Math.PI;
  const magic = 1 - EE * Math.sin(radians) ** 2;
  const root = Math.sqrt(magic);
  return {
    lng: lng + (east * 180) / ((A / root) * Math.cos(radians) * Math.PI),
    lat: lat + (north * 180) / (((A * (1 - EE)) / (magic * root)) * Math.PI),
  };
}
