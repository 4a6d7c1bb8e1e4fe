// What matches a character without regard to case, for the letters that patterns of tokenizers use
// so: ASCII, with the two characters beyond it that fold to one of them (Unicode's CaseFolding).
import { UnsupportedPattern } from './unsupported-pattern.js';

const BEYOND_ASCII: Readonly<Record<string, string>> = { s: '\u017f', k: '\u212a' };

/** Ligatures and others that fold to several letters, which would match them as well. */
const SEVERAL = ['ss', 'ff', 'fi', 'fl', 'st'];

/** Every character that is equal to `character`. Errors: `UnsupportedPattern` beyond ASCII. */
export function folded(character: string): readonly string[] {
  if (character > '\u007f')
    throw new UnsupportedPattern(`${JSON.stringify(character)} without regard to case`);
  const lower = character.toLowerCase();
  const all = [lower, character.toUpperCase(), BEYOND_ASCII[lower] ?? lower];
  return [...new Set(all)];
}

/** Errors: `UnsupportedPattern` for letters in a row that one other character is equal to. */
export function checkFoldedRow(letters: string): void {
  const several = SEVERAL.find((pair) => letters.toLowerCase().includes(pair));
  if (several !== undefined)
    throw new UnsupportedPattern(`${JSON.stringify(several)} without regard to case`);
}
