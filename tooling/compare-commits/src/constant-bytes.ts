// How many bytes of memory an x86-64 instruction reads, so that the constants it uses are compared
// by their contents. Where that is not certain, and for addresses of tables, there is no answer.
const WIDTHS: readonly (readonly [RegExp, number])[] = [
  [/^v?cvtss2|^v?broadcastss|^vpbroadcastd|^v?movd /, 4],
  [/^v?cvtsd2|^v?broadcastsd|^vpbroadcastq|^v?movq |^v?mov[hl]p[sd] |^v?movddup .*%xmm/, 8],
  [/^vpbroadcastb|^v?pinsrb/, 1],
  [/^vpbroadcastw|^v?pinsrw/, 2],
  [/^vbroadcast[fi](128|32x4|64x2)/, 16],
];
/** Reads less than the register is wide, by an amount that depends on more than the name. */
const UNCERTAIN = /^lea|^v?cvt|^v?pmov[sz]x|^v?movddup|^v?pinsr|^v?insert|^vbroadcast|^(call|jmp)/;
const SCALARS: readonly (readonly [RegExp, number])[] = [
  [/^[a-z0-9]*ss /, 4],
  [/^[a-z0-9]*sd /, 8],
];
const REGISTERS: readonly (readonly [RegExp, number])[] = [
  [/%zmm/, 64],
  [/%ymm/, 32],
  [/%xmm/, 16],
  [/%(e[a-z]{2}|r\d+d)\b/, 4],
  [/%r(\d+|[a-z]{2})\b/, 8],
];

/** Bytes that the instruction reads at its rip-relative operand; undefined where not certain. */
export function constantBytes(text: string): number | undefined {
  const find = (rules: readonly (readonly [RegExp, number])[], of: string): number | undefined =>
    rules.find(([pattern]) => pattern.test(of))?.[1];
  const repeated = /\{1to\d+\}/.test(text);
  if (repeated) return /^[a-z0-9]*(pd|q) /.test(text) ? 8 : 4;
  const certain = find(WIDTHS, text);
  if (certain !== undefined) return certain;
  if (UNCERTAIN.test(text)) return undefined;
  return find(SCALARS, text) ?? find(REGISTERS, text.replace('(%rip)', ''));
}
