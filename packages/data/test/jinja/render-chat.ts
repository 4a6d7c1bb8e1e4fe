// A short chat whose messages are tracked, and what a template writes for it.
import {
  compile,
  fromJavaScript,
  List,
  track,
  type Rendering,
  type Value,
} from '../../src/jinja/index.js';

const MESSAGES = [
  { role: 'user', content: '  one two  ' },
  {
    role: 'assistant',
    content: '<think>why</think>an 🙂 answer',
    calls: [{ name: 'f', args: { x: 'y', n: 1.5 } }],
  },
];

export function render(template: string): Rendering {
  const messages = new List(MESSAGES.map((message, i) => track(fromJavaScript(message), i)));
  return compile('t', template).render(new Map<string, Value>([['messages', messages]]));
}
