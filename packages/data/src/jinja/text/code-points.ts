// Python counts code points, JavaScript counts UTF-16 units: an emoji is one or two. Where a text
// has no surrogates both are the same, which a scan finds out quickly.

const SURROGATES = /[\ud800-\udfff]/;

/** Whether units and code points are counted alike. */
export function isFlat(characters: string): boolean {
  return !SURROGATES.test(characters);
}

/** Code points of `characters`. */
export function countPoints(characters: string): number {
  if (isFlat(characters)) return characters.length;
  let count = 0;
  for (let at = 0; at < characters.length; at += pointLength(characters, at)) count++;
  return count;
}

/** UTF-16 units of the code point at `at`. */
export function pointLength(characters: string, at: number): number {
  return (characters.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

/** Where code point `index` begins, in units; the end where there are fewer. */
export function unitOf(characters: string, index: number): number {
  if (index <= 0) return 0;
  if (isFlat(characters)) return Math.min(index, characters.length);
  let at = 0;
  for (let left = index; left > 0 && at < characters.length; left--)
    at += pointLength(characters, at);
  return at;
}

/** How many code points begin before unit `at`. */
export function pointOf(characters: string, at: number): number {
  return isFlat(characters) ? at : countPoints(characters.slice(0, at));
}

/** Compares as Python does, by code points: negative, 0 or positive. */
export function comparePoints(one: string, other: string): number {
  if (one === other) return 0;
  if (isFlat(one) || isFlat(other)) {
    if (isFlat(one) && isFlat(other)) return one < other ? -1 : 1;
  }
  const [a, b] = [Array.from(one), Array.from(other)];
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i]?.codePointAt(0) ?? 0) - (b[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
