// HTML as a template: every inserted value is escaped, unless it is markup itself, and its control
// characters are written out. Nothing else in this package writes a `<`.
import { visibleText } from '@automodel/contracts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is HTML already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type MarkupValue = string | number | Markup | undefined | readonly Markup[];

function escaped(value: MarkupValue): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return visibleText(String(value)).replace(
    /[&<>"']/g,
    (character) => ENTITIES[character] ?? character,
  );
}

/** Markup with escaped values; lists of markup are joined, undefined is nothing. */
export const html = (strings: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup =>
  new Markup(strings.reduce((text, part, i) => text + escaped(values[i - 1]) + part));

/** Data for a script to read, safe inside a script element. */
export const jsonMarkup = (data: unknown): Markup =>
  new Markup(
    JSON.stringify(data, visibleStrings).replace(
      /[<>&\u2028\u2029]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );

const visibleStrings = (_: string, value: unknown): unknown =>
  typeof value === 'string' ? visibleText(value) : value;
