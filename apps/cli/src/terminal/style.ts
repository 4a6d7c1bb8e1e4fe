// ANSI styles, as functions that do nothing when colours are off. Until a stream writes them they
// carry a number that nobody else knows, so that text from files cannot colour a terminal.
import { randomInt } from 'node:crypto';

export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly green: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const OWN = randomInt(2 ** 40);
const OWN_STYLES = new RegExp(`\\\\x1b\\[${OWN};(\\d+)m`, 'g');

/** The styles in a text whose control characters are written out, as terminals obey them. */
export const obeyedStyles = (visible: string): string => visible.replace(OWN_STYLES, '\u001b[$1m');

export function style(color: boolean): Style {
  const code =
    (open: number, close: number) =>
    (text: string): string =>
      color && text !== '' ? `\u001b[${OWN};${open}m${text}\u001b[${OWN};${close}m` : text;
  return {
    bold: code(1, 22),
    dim: code(2, 22),
    green: code(32, 39),
    red: code(31, 39),
    yellow: code(33, 39),
    cyan: code(36, 39),
  };
}
