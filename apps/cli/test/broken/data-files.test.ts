// Data files: how they are written, what their rows hold, and which of them are asked for.
import { mkdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { testBroken, type BrokenCase } from './support/broken-case.js';
import type { Sandbox } from './support/sandbox.js';

const CHAT = {
  messages: [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'b' },
  ],
};
const DATASET = '  path_or_dataset_id: rows.jsonl';

/** rows.jsonl with other rows. */
const rows = (name: string, given: readonly unknown[], says: RegExp): BrokenCase => ({
  name,
  says,
  breaks: (at) => at.rows(...given),
});

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

/** Keys of the dataset section over rows.jsonl. */
const keys = (
  name: string,
  lines: string,
  says: RegExp,
  breaks?: (at: Sandbox) => void,
): BrokenCase => ({
  name,
  says,
  breaks: (at) => {
    at.recipe(lines, DATASET);
    breaks?.(at);
  },
});

const chat = (...messages: readonly unknown[]): unknown => ({ messages });

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
    'is a folder without data',
    '  path_or_dataset_id: model',
    /model\/tokenizer\.json:1: this row is neither a chat/,
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

testBroken('rows', [
  rows(
    'have no columns that are known',
    [{ input_text: 'a', target: 'b' }],
    /rows\.jsonl:1: .*"input_text", "target".*column_mapping/,
  ),
  rows(
    'have a prompt without a completion',
    [{ prompt: 'a' }],
    /rows\.jsonl:1: .*"prompt" without "completion"/,
  ),
  rows(
    'fit two formats',
    [{ prompt: 'a', completion: 'b', text: 'c' }],
    /rows\.jsonl:1: this row fits several formats/,
  ),
  rows(
    'have a number for a text',
    [{ prompt: 1, completion: 'b' }],
    /rows\.jsonl:1: "prompt" must be a text, it is a number/,
  ),
  rows(
    'are of two kinds',
    [CHAT, { prompt: 'a', completion: 3 }],
    /rows\.jsonl:2: "completion" must be a text/,
  ),
  rows('have no messages', [chat()], /rows\.jsonl:1: .*messages/),
  rows('have messages that are a text', [{ messages: 'hello' }], /rows\.jsonl:1: .*messages/),
  rows('have messages that are no objects', [chat('hi')], /rows\.jsonl:1: .*messages\[0\]/),
  rows('have a message without a role', [chat({ content: 'a' })], /rows\.jsonl:1: .*role/),
  rows(
    'have a message without content',
    [chat({ role: 'user' }, { role: 'assistant', content: 'b' })],
    /rows\.jsonl:1: .*content/,
  ),
  rows(
    'have a content that is a number',
    [chat({ role: 'user', content: 5 }, { role: 'assistant', content: 'b' })],
    /rows\.jsonl:1: .*content/,
  ),
  rows(
    'have an unknown role',
    [chat({ role: 'wizard', content: 'a' }, { role: 'assistant', content: 'b' })],
    /rows\.jsonl:1: .*wizard/,
  ),
  rows(
    'have no turn of the assistant',
    [chat({ role: 'user', content: 'a' })],
    /rows\.jsonl:1: .*assistant/,
  ),
  rows(
    'have an image',
    [
      chat(
        { role: 'user', content: [{ type: 'image_url', image_url: 'a.png' }] },
        { role: 'assistant', content: 'b' },
      ),
    ],
    /rows\.jsonl:1: messages\[0\]\.content\[0\] must be a text part/,
  ),
  rows(
    'have a turn from nobody that is known',
    [{ conversations: [{ from: 'oracle', value: 'a' }] }],
    /rows\.jsonl:1: conversations\[0\]\.from is "oracle"/,
  ),
  rows('have an empty text', [{ text: '' }], /rows\.jsonl:1: /),
  keys(
    'are all too long',
    `${DATASET}\n  seq_length: 4`,
    /rows\.jsonl:1: this row has 79 tokens, more than the 4 allowed/,
  ),
  keys(
    'are all left out for their length',
    `${DATASET}\n  seq_length: 4\n  overlong: drop`,
    /rows\.jsonl: nothing to train on: all 20 rows are longer than 4 tokens/,
  ),
  keys(
    'are cut before what is trained',
    `${DATASET}\n  seq_length: 4\n  overlong: truncate`,
    /rows\.jsonl(:1)?: /,
  ),
  keys(
    'are fewer than a slice begins at',
    `${DATASET}\n  split: train[500:600]`,
    /train\[500:600\]|rows\.jsonl/,
  ),
  keys('have a slice that is no slice', `${DATASET}\n  split: train[a:b]`, /train\[a:b\]/),
  keys(
    'have none of a limit',
    `${DATASET}\n  limit_dataset_samples: 0`,
    /limit_dataset_samples|rows\.jsonl/,
  ),
  keys(
    'lack a mapped column',
    `${DATASET}\n  column_mapping: {question: ask, answer: reply}`,
    /rows\.jsonl:1: none of the mapped columns \("ask", "reply"\) is in this row/,
  ),
  keys(
    'lack the field',
    '  path_or_dataset_id: rows.json\n  field: items',
    /rows\.json.*items/,
    (at) => at.write('rows.json', '{"data": []}'),
  ),
  keys('are no SQuAD', `${DATASET}\n  type: squad`, /rows\.jsonl:1: .*(context|question|answers)/),
  keys('are no Alpaca', `${DATASET}\n  type: alpaca`, /rows\.jsonl:1: .*(instruction|output)/),
]);
