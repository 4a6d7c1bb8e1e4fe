// Finds a key that an object of a JSON text has twice; JSON.parse silently keeps the last one.
// Colons after quotes are counted first, which settles nearly every text.

/**
 * A key written twice in one object of `text`, whose parsed value is `value`; undefined where there
 * is none.
 */
export function duplicateKey(text: string, value: unknown): string | undefined {
  return countedColons(text) === countedKeys(value) ? undefined : scan(text);
}

/**
 * Quotes followed by a colon: every key, and what looks like one inside texts. Never fewer than
 * there are keys.
 */
function countedColons(text: string): number {
  let count = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
    let before = at - 1;
    while (before >= 0 && text.charCodeAt(before) <= 0x20) before--;
    if (text.charCodeAt(before) === 0x22) count++;
  }
  return count;
}

function countedKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const element of value as unknown[]) count += countedKeys(element);
    return count;
  }
  for (const element of Object.values(value)) count += 1 + countedKeys(element);
  return count;
}

/** Walks the tokens of a text known to be JSON. */
function scan(text: string): string | undefined {
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]]/g;
  const open: (Set<string> | undefined)[] = [];
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [piece] = match;
    if (piece === '{') open.push(new Set());
    else if (piece === '[') open.push(undefined);
    else if (piece === '}' || piece === ']') open.pop();
    else if (isKey(text, token.lastIndex)) {
      const key = JSON.parse(piece) as string;
      if (open.at(-1)?.has(key) === true) return key;
      open.at(-1)?.add(key);
    }
  }
  return undefined;
}

/** Whether a text that ends at `end` is a key: a colon follows it. */
export function isKey(text: string, end: number): boolean {
  let after = end;
  while (text.charCodeAt(after) <= 0x20) after++;
  return text[after] === ':';
}
