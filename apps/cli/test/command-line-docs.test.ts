import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createCommandLine } from '../src/command-line.js';
import { EXIT_CODES } from '../src/exit-code.js';
import { cliIn } from './support/cli-in.js';
import { recordingStreams } from './support/recording-streams.js';
import { repository } from './support/tiny-folder.js';

async function help(...argv: string[]): Promise<string> {
  const { code, out } = await cliIn(repository, [...argv, '--help'], { plugins: [] });
  expect(code).toBe(0);
  return out.trimEnd();
}

const commandLine = createCommandLine(
  {
    streams: recordingStreams(),
    workingDirectory: repository,
    environment: {},
    signal: new AbortController().signal,
  },
  () => undefined,
);
const names = commandLine.commands.map((command) => command.name());
const file = join(repository, 'docs/command-line.md');
const MARK = 'writes it anew.\n';

test('docs/command-line.md shows the help of every command as it is', async () => {
  const written = readFileSync(file, 'utf8');
  const sections = await Promise.all(
    names.map(async (name) => `### automodel ${name}\n\n\`\`\`text\n${await help(name)}\n\`\`\`\n`),
  );
  await expect(
    `${written.slice(0, written.indexOf(MARK) + MARK.length)}\n${sections.join('\n')}`,
  ).toMatchFileSnapshot(file);
});

test('README and docs name every exit code', () => {
  for (const path of ['docs/command-line.md', 'apps/cli/README.md']) {
    for (const [code] of EXIT_CODES)
      expect(readFileSync(join(repository, path), 'utf8')).toMatch(new RegExp(`\\| +${code} \\| `));
  }
});

test('the README of the package names every command', () => {
  const readme = readFileSync(join(repository, 'apps/cli/README.md'), 'utf8');
  for (const name of names) expect(readme).toMatch(new RegExp(`automodel ${name}\\b`));
});

/** The words of a line as a shell splits them, up to a redirection. */
const wordsOf = (line: string): string[] =>
  [...line.replace(/ > .*$/, '').matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? '',
  );

describe('every command has a group, and examples that its options accept', () => {
  test.each(names)('%s', async (name) => {
    const text = await help(name);
    const examples = text
      .slice(text.indexOf('\nExamples:\n'))
      .split('\n')
      .flatMap((line) => /automodel (?<rest>.*)$/.exec(line)?.groups?.['rest'] ?? []);
    expect(text).toContain('\nExamples:\n');
    expect(examples.length).toBeGreaterThan(0);
    const command = commandLine.commands.find((each) => each.name() === name)!;
    expect(command.helpGroup()).toMatch(/^[A-Z].*:$/);
    for (const example of examples) {
      const [first, ...words] = wordsOf(example);
      expect(first).toBe(name);
      const { unknown } = command.parseOptions(words);
      expect(
        unknown.filter((word) => word.startsWith('-') && !/^--[a-z_]+\.[a-z_]+$/.test(word)),
        example,
      ).toEqual([]);
      for (const option of command.options.filter(({ mandatory }) => mandatory))
        expect(words, example).toContain(option.long);
    }
  });
});
