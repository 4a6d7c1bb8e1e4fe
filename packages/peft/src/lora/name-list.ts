// Names in an error: the first few, and how many more there are.

const SHOWN = 4;

/** `a, b, c, d and 3 more`. */
export function nameList(names: readonly string[]): string {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return names.slice(0, SHOWN).join(', ') + more;
}
