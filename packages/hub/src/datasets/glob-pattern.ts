// A path pattern of a data set card as a regular expression: `*` and `?` stay inside one folder,
// `**` crosses folders, `[...]` is one of some characters and `{a,b}` one of some texts.

/** Never throws: text that is not a pattern matches itself. */
export function globPattern(pattern: string): RegExp {
  const escaped = (text: string): string => text.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const parts = pattern
    .replace(/^\.?\/+/, '')
    .matchAll(/(\*\*\/)|(\*\*)|(\*)|(\?)|\[(!?)([^\]/]+)\]|\{([^{}]*)\}|([^*?[{]+|[[{])/g);
  const source = [...parts].map(
    ([, folders, everything, name, letter, not, letters, choices, text]) => {
      if (folders !== undefined) return '(?:.*/)?';
      if (everything !== undefined) return '.*';
      if (name !== undefined) return '[^/]*';
      if (letter !== undefined) return '[^/]';
      if (letters !== undefined)
        return `[${not === '' ? '' : '^'}${letters.replace(/[\\^]/g, '\\$&')}]`;
      if (choices !== undefined) return `(?:${choices.split(',').map(escaped).join('|')})`;
      return escaped(text ?? '');
    },
  );
  return new RegExp(`^${source.join('')}$`);
}
