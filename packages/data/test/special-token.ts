// An entry of `added_tokens` or `added_tokens_decoder`: special, and without settings of its own.
export const specialToken = (
  content: string,
  settings: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> => ({
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
  ...settings,
});
