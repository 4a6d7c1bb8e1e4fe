// What the lexer gives to the parser.
import type { Int } from '../values/value.js';

/** Operators and brackets by how they are written; the others by what they are. */
export type TokenType =
  | 'data'
  | 'variable_begin'
  | 'variable_end'
  | 'block_begin'
  | 'block_end'
  | 'name'
  | 'string'
  | 'integer'
  | 'float'
  | 'eof'
  | (typeof OPERATORS)[number];

/** Longer ones first. */
export const OPERATORS = [
  ...(['//', '**', '==', '!=', '>=', '<='] as const),
  ...(['+', '-', '/', '*', '%', '~', '[', ']', '(', ')', '{', '}'] as const),
  ...(['>', '<', '=', '.', ':', '|', ',', ';'] as const),
] as const;

export interface Token {
  readonly type: TokenType;
  /** The text of data, names and strings; what was written of the others. */
  readonly text: string;
  /** The value of an integer or a float. */
  readonly number?: Int | undefined;
  /** Where it begins in the source. */
  readonly at: number;
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  data: 'template data / text',
  variable_begin: 'begin of print statement',
  variable_end: 'end of print statement',
  block_begin: 'begin of statement block',
  block_end: 'end of statement block',
  eof: 'end of template',
};

/** As messages name it. */
export function describeToken({ type, text }: Pick<Token, 'type' | 'text'>): string {
  return type === 'name' ? text : (DESCRIPTIONS[type] ?? type);
}
