import { expect, test } from 'vitest';
import { chooseConverted, chooseSplit, CONVERTED } from '../src/datasets/choose-split.js';

const chosen = (
  paths: readonly string[],
  split: string,
  { card, name }: { readonly card?: string; readonly name?: string } = {},
): readonly string[] | string => {
  const choice = chooseSplit(paths, card, { id: 'someone/set', split, name });
  return choice === CONVERTED ? CONVERTED : choice.paths;
};
const card = (yaml: string): string => `---\nlicense: mit\n${yaml}---\n# A set\n`;

test('patterns of cards start from the folder, and a slash at the end means all of one', () => {
  const paths = ['data/a.jsonl', 'data/b/c.jsonl', 'other/d.jsonl'];
  const named = (pattern: string): readonly string[] | string =>
    chosen(paths, 'train', { card: card(`configs:\n- data_files: '${pattern}'\n`) });
  expect(named('./data/*.jsonl')).toEqual(['data/a.jsonl']);
  expect(named('/data/')).toEqual(['data/a.jsonl', 'data/b/c.jsonl']);
  expect(named('*/{a,d}.jsonl')).toEqual(['data/a.jsonl', 'other/d.jsonl']);
});

test('a card names the files of each split', () => {
  const paths = [
    'data/train-2.parquet',
    'data/train-1.parquet',
    'data/test-1.parquet',
    'README.md',
    'extra.jsonl',
  ];
  const splits = card(
    'configs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n ' +
      ' - split: all\n    path: [extra.jsonl, data/*]\n  - split: gone\n    path: nothing*\n',
  );
  expect(chosen(paths, 'train', { card: splits })).toEqual([
    'data/train-1.parquet',
    'data/train-2.parquet',
  ]);
  expect(chosen(paths, 'all', { card: splits })).toEqual([
    'extra.jsonl',
    'data/test-1.parquet',
    'data/train-1.parquet',
    'data/train-2.parquet',
  ]);
  expect(() => chosen(paths, 'test', { card: splits })).toThrow(
    'data set someone/set has no split "test"; it has train, all, gone',
  );
  expect(() => chosen(paths, 'gone', { card: splits })).toThrow(
    'names files of split gone that are not there (nothing*)',
  );
  expect(
    chosen(paths, 'train', {
      card: card('configs:\n- config_name: default\n  data_files: "*.jsonl"\n'),
    }),
  ).toEqual(['extra.jsonl']);
  expect(
    chosen(paths, 'test', {
      card: card('configs:\n- config_name: default\n  data_files: {test: data/test-1.parquet}\n'),
    }),
  ).toEqual(['data/test-1.parquet']);
});

test('one of several configurations is chosen by name, by mark or as "default"', () => {
  const paths = ['en/train.csv', 'de/train.csv', 'de/test.csv'];
  const two =
    'configs:\n- config_name: en\n  data_files: en/*\n- config_name: de\n  data_dir: de\n';
  expect(chosen(paths, 'test', { card: card(two), name: 'de' })).toEqual(['de/test.csv']);
  expect(() => chosen(paths, 'train', { card: card(two) })).toThrow(
    'data set someone/set has several configurations (en, de) and none of them is the default',
  );
  expect(() => chosen(paths, 'train', { card: card(two), name: 'fr' })).toThrow(
    'data set someone/set has no configuration "fr"; it has en, de',
  );
  expect(chosen(paths, 'train', { card: card(`${two}  default: true\n`) })).toEqual([
    'de/train.csv',
  ]);
  expect(() => chosen(paths, 'train', { name: 'de' })).toThrow(
    'has no configuration "de": it has one without a name',
  );
});

test('without a card, names of folders and files tell the split; else all of it is train', () => {
  expect(
    chosen(
      [
        'data/train-00001-of-00002.parquet',
        'data/train-00000-of-00002.parquet',
        'data/random-00000-of-00001.parquet',
      ],
      'random',
    ),
  ).toEqual(['data/random-00000-of-00001.parquet']);
  expect(chosen(['training/a.json', 'dev/a.json', 'my_test_set/a.json'], 'validation')).toEqual([
    'dev/a.json',
  ]);
  expect(chosen(['training/a.json', 'dev/a.json', 'my_test_set/a.json'], 'test')).toEqual([
    'my_test_set/a.json',
  ]);
  expect(
    chosen(['my_train_file_1.csv', 'my_train_file_0.csv.gz', 'evaluation.csv'], 'train'),
  ).toEqual(['my_train_file_0.csv.gz', 'my_train_file_1.csv']);
  expect(
    chosen(
      ['a.jsonl', 'testfile.jsonl', 'README.md', 'dataset_infos.json', '.hidden.jsonl'],
      'train',
    ),
  ).toEqual(['a.jsonl', 'testfile.jsonl']);
  expect(() => chosen(['a.jsonl'], 'test')).toThrow('has no split "test"; it has train');
  expect(chosen(['notes.txt', 'train.jsonl', 'test.jsonl'], 'train')).toEqual(['train.jsonl']);
});

test('a script, or nothing that can be read, asks for the Parquet copy of the hub', () => {
  expect(chosen(['set.py', 'train.jsonl'], 'train')).toBe(CONVERTED);
  expect(chosen(['train.arrow', 'images.zip'], 'train')).toBe(CONVERTED);
  const copy = [
    'plain/train/0001.parquet',
    'plain/train/0000.parquet',
    'plain/partial-test/0000.parquet',
    '.gitattributes',
  ];
  expect(
    chooseConverted(copy, { id: 'someone/set', split: 'train', name: undefined }),
  ).toMatchObject({
    paths: ['plain/train/0000.parquet', 'plain/train/0001.parquet'],
    configuration: 'plain',
    notes: [],
  });
  expect(chooseConverted(copy, { id: 'someone/set', split: 'test', name: 'plain' }).notes).toEqual([
    "the hub's Parquet copy of data set someone/set holds only the first part of split test",
  ]);
  expect(() => chooseConverted(copy, { id: 'someone/set', split: 'dev', name: undefined })).toThrow(
    'data set someone/set (plain) has no split "dev"; it has train, test',
  );
});

test('a card that cannot be read is refused with its place', () => {
  expect(() => chosen(['a.csv'], 'train', { card: '---\nconfigs: [a\n---\n' })).toThrow(
    /^someone\/set\/README\.md: the YAML at the top cannot be read/,
  );
  expect(() =>
    chosen(['a.csv'], 'train', { card: card('configs:\n- data_files:\n  - path: a.csv\n') }),
  ).toThrow(
    'someone/set/README.md: data_files of a configuration must name a path, or a split and its ' +
      'path',
  );
});
