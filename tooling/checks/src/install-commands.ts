// Commands that install the packages by name, in guides and READMEs: as long as nothing is
// published the names may be somebody else's, so each is followed by a note that says so. Releasing
// takes the notes out (docs/releasing.md).

/** How the note begins. */
export const NOTE = 'Valid once the packages are published';

/** A command in a block of code, indented or fenced, that installs one of the packages. */
const INSTALLS =
  /^(?: {4})?(?:npm|pnpm|yarn|bun) (?:install|i|add) .*(?:@automodel\/|\bautomodel\b)/;

/**
 * The lines of `markdown` with such a command and without the note as the next paragraph, from 1.
 */
export function bareInstallCommands(markdown: string): readonly number[] {
  const lines = markdown.split('\n');
  return lines.flatMap((line, i) => {
    if (!INSTALLS.test(line)) return [];
    const isCode = (text: string): boolean => /^( {4}|```)/.test(text);
    const fence = lines.findIndex((text, j) => j > i && text.startsWith('```'));
    const end = line.startsWith('    ') ? i : fence;
    const next = lines.slice(end + 1).find((text) => text !== '' && !isCode(text)) ?? '';
    return next.startsWith(NOTE) ? [] : [i + 1];
  });
}
