// One pattern from several, for texts longer than a line.

/** Matches what `parts` match one after the other. */
export const joined = (...parts: readonly RegExp[]): RegExp =>
  new RegExp(parts.map(({ source }) => source).join(''), parts[0]?.flags);
