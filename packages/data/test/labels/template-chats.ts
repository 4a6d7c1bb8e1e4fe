// Chats of the kinds that people train on, for tests of what a template shows of its turns.
import type { ChatMessage } from '../../src/index.js';

const user = (content: string): ChatMessage => ({ role: 'user', content });
const assistant = (content: string, more: object = {}): ChatMessage => ({
  role: 'assistant',
  content,
  ...more,
});
const tool = (content: string, id: string): ChatMessage => ({
  role: 'tool',
  name: 'weather',
  tool_call_id: id,
  content,
});
const call = (id: string, given: object): object => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: given },
});
const calling = (...calls: readonly object[]): object => ({ tool_calls: calls });
const rome = call('call00001', { city: 'Rome' });
const oslo = call('call00002', { city: 'Oslo', days: 2, snow: true, hour: null });

export const CHATS: Readonly<Record<string, readonly ChatMessage[]>> = {
  single: [user('Which lock leaks?'), assistant('The lower one.')],
  system: [{ role: 'system', content: 'Be brief.' }, user('Q1'), assistant('A1')],
  two: [user('Q1'), assistant('A1'), user('Q2'), assistant('A2')],
  reasoning: [user('Q1'), assistant('A1', { reasoning_content: 'R1' })],
  'reasoning twice': [
    user('Q1'),
    assistant('A1', { reasoning_content: 'R1' }),
    user('Q2'),
    assistant('A2', { reasoning_content: 'R2' }),
  ],
  'reasoning in content': [
    user('Q1'),
    assistant('<think>\nR1\n</think>\n\nA1'),
    user('Q2'),
    assistant('<think>\nR2\n</think>\n\nA2'),
  ],
  call: [user('Q1'), assistant('', calling(rome)), tool('sunny', 'call00001'), assistant('A2')],
  'text and call': [
    user('Q1'),
    assistant('Let me see.', calling(rome)),
    tool('sunny', 'call00001'),
    assistant('A2'),
  ],
  'two calls': [
    user('Q1'),
    assistant('', calling(rome, oslo)),
    tool('sunny', 'call00001'),
    tool('rain', 'call00002'),
    assistant('A2'),
  ],
  code: [user('Q1'), assistant('    return 1'), user('Q2'), assistant('A2')],
  'two answers': [user('Q1'), assistant('A1'), assistant('A2')],
  greeting: [assistant('Hello.'), user('Q1'), assistant('A1')],
};
