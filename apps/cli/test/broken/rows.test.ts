// Rows of data files: what they hold, and which of them are asked for.
import { testBroken, type BrokenCase } from './support/broken-case.js';
import { DATASET, keys } from './support/dataset-case.js';

const CHAT = {
  messages: [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'b' },
  ],
};

/** rows.jsonl with other rows. */
const rows = (name: string, given: readonly unknown[], says: RegExp): BrokenCase => ({
  name,
  says,
  breaks: (at) => at.rows(...given),
});

const chat = (...messages: readonly unknown[]): unknown => ({ messages });

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
