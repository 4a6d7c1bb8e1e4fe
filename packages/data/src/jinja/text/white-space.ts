// What Python takes for white space and for the end of a line; JavaScript has other lists. All of
// it lies within the basic plane, so that units can be looked at one by one.

/** Whether `str.isspace` holds for the UTF-16 unit. */
export function isSpace(unit: number): boolean {
  if (unit < 0x80) return (unit >= 9 && unit <= 13) || (unit >= 28 && unit <= 32);
  return (
    unit === 0x85 ||
    unit === 0xa0 ||
    unit === 0x1680 ||
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x202f ||
    unit === 0x205f ||
    unit === 0x3000
  );
}

/** Whether `str.splitlines` ends a line at the UTF-16 unit. */
export function isLineEnd(unit: number): boolean {
  return (
    (unit >= 10 && unit <= 13) ||
    (unit >= 28 && unit <= 30) ||
    unit === 0x85 ||
    unit === 0x2028 ||
    unit === 0x2029
  );
}

/** The class of a regular expression that matches what `\s` matches in Python. */
export const SPACE_CLASS =
  '[\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
