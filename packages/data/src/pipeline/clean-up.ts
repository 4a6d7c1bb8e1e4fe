// Takes out the spaces that BERT's texts have too many of once their words are joined.

type Replacement = readonly [found: string, written: string];

const BEFORE: readonly Replacement[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
];
const DO_NOT: Replacement = [' do not', " don't"];
const BEHIND: readonly Replacement[] = [
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

const replaced = (text: string, replacements: readonly Replacement[]): string =>
  replacements.reduce((result, [found, written]) => result.replaceAll(found, written), text);

/** As transformers cleans a whole text. */
export const cleanText = (text: string): string => replaced(text, [...BEFORE, ...BEHIND]);

/** As the Rust library cleans a token, which also shortens words. */
export const cleanToken = (token: string): string =>
  replaced(token, [...BEFORE, DO_NOT, ...BEHIND]);
