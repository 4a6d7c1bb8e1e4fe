// Sentences made of parts, some of which are there only under a condition.

/** The parts that say something, joined. */
export const sentence = (parts: readonly string[], between = ', '): string =>
  parts.filter((part) => part !== '').join(between);

/** What `text` makes of a value; nothing of one that is missing or false. */
export const when = <Value>(
  value: Value | undefined | false,
  text: string | ((value: Value) => string),
): string => {
  if (value === undefined || value === false) return '';
  return typeof text === 'string' ? text : text(value);
};

/** `1 step`, `2 steps`. */
export const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`;
