// Bytes for people.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** 1536 -> `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  const power = Math.max(
    0,
    Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, Math.abs(bytes))) / 10)),
  );
  const value = bytes / 1024 ** power;
  return (
    `${power === 0 || Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1)} ` +
    `${UNITS[power]!}`
  );
}
