// Data files: how they are written, and which of them are asked for.
import { mkdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { testBroken, type BrokenCase } from './support/broken-case.js';
import { DATASET, keys } from './support/dataset-case.js';

const CHAT = {
  messages: [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'b' },
  ],
};

/** Another file in place of rows.jsonl, and keys of the dataset section beside it. */
const file = (
  name: string,
  path: string,
  content: string | Uint8Array,
  says: RegExp,
  keys = '',
): BrokenCase => ({
  name,
  says,
  breaks: (at) => {
    at.write(path, content);
    at.recipe(`  path_or_dataset_id: ${path}${keys}`, DATASET);
  },
});

testBroken('the file', [
  keys('is not there', '  path_or_dataset_id: ./missing.jsonl', /missing\.jsonl/),
  keys(
    'is a pattern that nothing matches',
    '  path_or_dataset_id: data/*.jsonl',
    /data\/\*\.jsonl/,
  ),
  keys('is an empty folder', '  path_or_dataset_id: empty', /empty: /, (at) =>
    mkdirSync(at.path('empty')),
  ),
  keys(
    'is the folder of a model',
    '  path_or_dataset_id: model',
    /^model: this is the folder of a model, not data /,
  ),
  file('is empty', 'empty.jsonl', '', /empty\.jsonl: .*(no rows|empty)/),
  file('has only blank lines', 'blank.jsonl', '\n\n \n', /blank\.jsonl: .*no rows/),
  file(
    'is not UTF-8',
    'latin.jsonl',
    Buffer.concat([
      Buffer.from('{"prompt": "caf'),
      Buffer.from([0xe9]),
      Buffer.from('", "completion": "b"}\n'),
    ]),
    /latin\.jsonl:1: not UTF-8 text \(save the file as UTF-8\)/,
  ),
  file(
    'is UTF-16',
    'wide.jsonl',
    Buffer.from(`\ufeff${JSON.stringify(CHAT)}\n`, 'utf16le'),
    /wide\.jsonl.*(UTF-16|UTF-8)/,
  ),
  file(
    'has a line cut off',
    'cut.jsonl',
    `${JSON.stringify(CHAT)}\n${JSON.stringify(CHAT).slice(0, 30)}`,
    /cut\.jsonl:2:\d+: not valid JSON/,
  ),
  file(
    'is an array with a comma too many',
    'rows.json',
    `[${JSON.stringify(CHAT)},]`,
    /rows\.json: not valid JSON: Unexpected token/,
  ),
  file(
    'is an object without a list',
    'rows.json',
    '{"version": 1}',
    /rows\.json:1: .*it has columns "version"/,
  ),
  file('is a number', 'rows.json', '7', /rows\.json/),
  file('has a row that is a list', 'list.jsonl', '[1, 2]\n', /list\.jsonl/),
  file(
    'has a row that is a text',
    'text.jsonl',
    `${JSON.stringify(CHAT)}\n"text"\n`,
    /text\.jsonl:2: a row must be a JSON object, this one is a string/,
  ),
  file(
    'has a key twice in a row',
    'twice.jsonl',
    '{"prompt": "a", "prompt": "b", "completion": "c"}\n',
    /twice\.jsonl:1: the key "prompt" is written twice/,
  ),
  file(
    'is a Git LFS pointer',
    'lfs.jsonl',
    'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n',
    /lfs\.jsonl.*Git LFS pointer.*git lfs pull/,
  ),
  file(
    'is a page of HTML',
    'page.jsonl',
    '<!DOCTYPE html>\n<html></html>\n',
    /page\.jsonl:1: not valid JSON/,
  ),
  file('is a zip', 'data.zip', 'PK\x03\x04rest', /data\.zip.*unpack it/),
  file('is a zip by another name', 'data.jsonl', 'PK\x03\x04rest', /data\.jsonl.*unpack it/),
  file('is an Excel sheet', 'data.xlsx', 'PK\x03\x04rest', /data\.xlsx.*(CSV|unpack)/),
  file('is of no kind that is known', 'data.dat', 'text', /data\.dat/),
  file(
    'is gzip that is cut off',
    'rows.jsonl.gz',
    gzipSync(`${JSON.stringify(CHAT)}\n`.repeat(50)).subarray(0, 60),
    /rows\.jsonl\.gz: the gzip data is damaged or cut off/,
  ),
  file(
    'is Parquet that is cut off',
    'rows.parquet',
    'PAR1\x15\x04\x15',
    /rows\.parquet: .*(Parquet|cut off|damaged)/i,
  ),
  file(
    'is Parquet with a damaged footer',
    'rows.parquet',
    Buffer.concat([
      Buffer.from('PAR1'),
      Buffer.alloc(64, 7),
      Buffer.from([200, 0, 0, 0]),
      Buffer.from('PAR1'),
    ]),
    /rows\.parquet: .*(Parquet|damaged)/i,
  ),
  file(
    'is called Parquet and is JSON',
    'rows.parquet',
    `${JSON.stringify(CHAT)}\n`,
    /rows\.parquet: .*Parquet/i,
  ),
  file(
    'is Parquet by another name, cut off',
    'rows.jsonl',
    'PAR1\x15\x04\x15',
    /rows\.jsonl: .*Parquet/i,
  ),
]);

testBroken('CSV', [
  file(
    'has a record that is too short',
    'rows.csv',
    'prompt,completion\na,b\nc\n',
    /rows\.csv:3: this record has 1 values?, the header names 2 columns/,
  ),
  file(
    'has a record that is too long',
    'rows.csv',
    'prompt,completion\na,b,c\n',
    /rows\.csv:2: this record has 3 values, the header names 2 columns/,
  ),
  file(
    'names a column twice',
    'rows.csv',
    'prompt,prompt\na,b\n',
    /rows\.csv:1: two columns are called "prompt"/,
  ),
  file(
    'has a column without a name',
    'rows.csv',
    'prompt,\na,b\n',
    /rows\.csv:1: column 2 has no name/,
  ),
  file(
    'has a quote that is not closed',
    'rows.csv',
    'prompt,completion\n"a,b\nc,d\n',
    /rows\.csv:2: not valid CSV: a quote is opened/,
  ),
  file(
    'has a NUL after a quote',
    'rows.csv',
    'prompt,completion\na,"b"\0\n',
    /rows\.csv:2: a NUL character/,
  ),
  file(
    'is separated by semicolons',
    'rows.csv',
    'prompt;completion\na;b\n',
    /rows\.csv:1: the header has one column with ";" in it/,
  ),
  file('has only a header', 'rows.csv', 'prompt,completion\n', /rows\.csv: .*no rows/),
  file(
    'has other columns',
    'rows.csv',
    'question,answer\na,b\n',
    /rows\.csv:2: .*"question".*column_mapping/,
  ),
]);
