// Chats to look at a template with: one of each kind that templates write in a way of their own.
// They are rows of data like any others.
import type { JsonObject } from '../json/json-object.js';
import { Float } from '../jinja/values/value.js';
import type { Row } from '../sources/data-source.js';

/** A row that holds a chat, and what it is called. */
export interface NamedChat extends Row {
  readonly name: string;
}

const user = (content: unknown): JsonObject => ({ role: 'user', content });
const assistant = (content: unknown, more: JsonObject = {}): JsonObject => ({
  role: 'assistant',
  content,
  ...more,
});

const ASKED = user('Which lock leaks?');
const FIRST = assistant('The lower one.');
const ASKED_AGAIN = user('Since when?');
const REASONED = assistant('The lower one.', { reasoning_content: 'Water stands below it.' });

const OPEN = user('Open the lower gate.');
const called = (content: string, given: JsonObject): JsonObject =>
  assistant(content, {
    tool_calls: [
      { id: 'call00001', type: 'function', function: { name: 'open_gate', arguments: given } },
    ],
  });
const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'open_gate',
      description: 'Opens a gate of a lock.',
      parameters: {
        type: 'object',
        properties: {
          gate: { type: 'string', enum: ['upper', 'lower'] },
          width: { type: 'number', description: 'How wide, in metres.' },
          slowly: { type: 'boolean' },
        },
        required: ['gate'],
      },
    },
  },
];

const CHATS: Readonly<Record<string, JsonObject>> = {
  'a question': { messages: [ASKED, FIRST] },
  'a system message': { messages: [{ role: 'system', content: 'Be brief.' }, ASKED, FIRST] },
  'two turns': { messages: [ASKED, FIRST, ASKED_AGAIN, assistant('Since March.')] },
  reasoning: { messages: [ASKED, REASONED] },
  'reasoning in two turns': {
    messages: [
      ASKED,
      REASONED,
      ASKED_AGAIN,
      assistant('Since March.', { reasoning_content: 'The log says March.' }),
    ],
  },
  'a call and its result': {
    messages: [
      OPEN,
      called('', { gate: 'lower' }),
      { role: 'tool', name: 'open_gate', tool_call_id: 'call00001', content: 'opened' },
      assistant('The lower gate is open.'),
    ],
    tools: TOOLS,
  },
  'text beside a call, and arguments of several kinds': {
    messages: [
      OPEN,
      called('I open it.', { gate: 'lower', width: new Float(1), slowly: true, until: null }),
    ],
    tools: TOOLS,
  },
  'code that begins with spaces': {
    messages: [user('Complete: def depth(x):'), assistant('    return x * 2\n')],
  },
  'content in parts': {
    messages: [
      user([
        { type: 'text', text: 'Which lock ' },
        { type: 'text', text: 'leaks?' },
      ]),
      assistant([{ type: 'text', text: 'The lower one.' }]),
    ],
  },
};

/** The chats; each has something to train. */
export const SAMPLE_CHATS: readonly NamedChat[] = Object.entries(CHATS).map(([name, value], i) => ({
  name,
  value,
  source: { file: 'sample chats', row: i + 1 },
}));
