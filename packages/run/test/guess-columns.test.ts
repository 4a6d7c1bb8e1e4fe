import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataColumns } from '../src/init/data-columns.js';
import { guessColumns } from '../src/init/guess-columns.js';

type Rows = readonly Readonly<Record<string, string>>[];

const rows = (count: number, row: (i: number) => Readonly<Record<string, string>>): Rows =>
  Array.from({ length: count }, (_, i) => row(i));

const pair = (given: Rows): string | undefined => {
  const guess = guessColumns(given);
  return guess && `${guess.prompt} -> ${guess.completion}`;
};

const SAID = [
  ['the soup was cold and late', 'bad'],
  ['a warm welcome and fine food', 'good'],
  ['cold rooms, a late answer', 'bad'],
  ['fine people, warm hands', 'good'],
] as const;
const said = (i: number): readonly [string, string] => SAID[i % 4]!;

test('a label that follows from a text is the answer, whatever the columns are called', () => {
  const labelled = (i: number): Record<string, string> => ({
    nr: String(i + 1),
    tag: ['mo', 'tu', 'we'][(i * 7 + 1) % 3]!,
    w: said(i)[1],
    x: `${said(i)[0]} ${i}`,
  });
  expect(pair(rows(40, labelled))).toBe('x -> w');
});

test('a number is the answer to a longer text, on either side of it', () => {
  const sum = (i: number): [string, string] => [`${i} + ${3 * i} is`, String((4 * i * 7919) % 101)];
  expect(pair(rows(30, (i) => ({ a: sum(i)[0], b: sum(i)[1] })))).toBe('a -> b');
  expect(pair(rows(30, (i) => ({ a: sum(i)[1], b: sum(i)[0] })))).toBe('b -> a');
});

test('what asks is the question; of two texts that do not, the left one is', () => {
  const ask = (i: number): string => `where is the ${i}th thing that we look for?`;
  const say = (i: number): string => `it lies ${i} steps to the left of the big door`;
  expect(pair(rows(20, (i) => ({ p: say(i), q: ask(i) })))).toBe('q -> p');
  expect(pair(rows(20, (i) => ({ p: say(i), q: `${say(i)} and there it stays` })))).toBe('p -> q');
});

test('identifiers, dates, addresses, empty and constant columns are neither', () => {
  const row = (i: number): Record<string, string> => ({
    key: `A-${i}`,
    day: `2024-05-${String(10 + i)}`,
    link: `https://example.org/${i}`,
    note: i === 3 ? 'x' : '',
    same: 'always',
    said: `something number ${i} was said about it`,
  });
  expect(pair(rows(15, row))).toBeUndefined();
});

test('labels that do not follow from the text are not guessed', () => {
  const row = (i: number): Record<string, string> => ({
    a: ['red', 'blue'][(i * 5) % 2]!,
    b: `sentence of words ${i}`,
    c: ['left', 'right'][(i * 3) % 2]!,
  });
  expect(pair(rows(40, row))).toBeUndefined();
});

async function columnsOf(name: string, text: string): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'columns-'));
  await writeFile(join(folder, name), text);
  return dataColumns(name, {
    workingDirectory: folder,
    split: undefined,
    ask: (columns, refusal) =>
      Promise.resolve({ prompt: columns.join(), completion: refusal.code }),
  });
}

const csv = (header: string, count: number, row: (i: number) => string): string =>
  `${[header, ...Array.from({ length: count }, (_, i) => row(i))].join('\n')}\n`;

test('a label beside a column called text is learned from it', async () => {
  const labelled = csv('text,kind', 40, (i) => `"${said(i)[0]} ${i}",${said(i)[1]}`);
  expect(await columnsOf('a.csv', labelled)).toEqual({ prompt: 'text', completion: 'kind' });
  const unrelated = csv('text,kind', 40, (i) => `words without end ${i},${(i * 5) % 2}`);
  expect(await columnsOf('b.csv', unrelated)).toBeUndefined();
});

test('common names are enough, in any case; else the columns are asked for', async () => {
  const asked = csv('Question,Answer', 3, (i) => `same ${i},same`);
  expect(await columnsOf('a.csv', asked)).toEqual({ prompt: 'Question', completion: 'Answer' });
  expect(
    await columnsOf(
      'b.csv',
      csv('one,two', 3, (i) => `${i},${i}`),
    ),
  ).toEqual({
    prompt: 'one,two',
    completion: 'bad-data',
  });
});

test('rows from all over a sorted file are looked at', async () => {
  const sorted = csv('x,y', 2000, (i) => {
    const [text, label] = SAID[i < 1000 ? 0 : 1]!;
    return `"${text} ${i}",${label}`;
  });
  expect(await columnsOf('a.csv', sorted)).toEqual({ prompt: 'x', completion: 'y' });
});
