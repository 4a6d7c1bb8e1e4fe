// Random chats of a few shapes, with contents that templates ask about or that look like marks.
import type { ChatMessage } from '../src/index.js';

const CONTENTS = [
  ...['', ' ', 'yes', 'hello', ' hello ', '\n\nhello\n', '\u00a0x\ufeff', 'a!', 'One. Two'],
  ...['</think>', '<think>\nwhy\n</think>\n\nbecause', '</think></think>x', '/no_think'],
  ...['a /think b', '<tool_response>1</tool_response>', '{{ m }}', '<|im_end|>', '<|im_end'],
  ...['</s>', '<user>', 'a b  c', '\u{1f642} caf\u00e9', '"quoted" \\ \\n', '\uE0F5', '\u0000'],
  ...['\u0001', '\u001cfile\u001f', '    return x * 2\n', 'line\nline\r\nline'],
];

/** Whole numbers from 0 up to a bound, the same ones for the same seed. */
export type Below = (bound: number) => number;

export function randomSource(seed: number): Below {
  let state = seed;
  return (bound) => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 8) % bound;
}

/** Up to two questions with answers, some with a system message, names, reasoning and calls. */
export function randomChat(below: Below): ChatMessage[] {
  const content = (): string => CONTENTS[below(CONTENTS.length)] ?? '';
  const messages: ChatMessage[] = below(4) === 0 ? [{ role: 'system', content: content() }] : [];
  for (let turn = below(2); turn >= 0; turn--) {
    const name = below(8) === 0 ? { name: content() } : {};
    messages.push({ role: 'user', ...name, content: content() });
    if (below(6) === 0) {
      const given = { x: content(), n: 1.5 };
      const call = { type: 'function', function: { name: 'f', arguments: given } };
      messages.push({ role: 'assistant', content: content(), tool_calls: [call] });
      messages.push({ role: 'tool', content: content() });
    }
    const reasoning = below(6) === 0 ? { reasoning_content: content() } : {};
    messages.push({ role: 'assistant', content: content(), ...reasoning });
  }
  return messages;
}
