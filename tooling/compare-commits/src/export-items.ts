// What is made of a model that is trained already: exported files of every type, and the answers
// that `generate` and `evaluate` compute with a cache.
import { join } from 'node:path';
import type { ListContext, ListItem } from './list-item.js';

/** Exports and answers of the quickstart's model. */
export function exportItems({ quickstart, threads }: ListContext): ListItem[] {
  const model = ['--model', join(quickstart, 'base')];
  const exported = (to: string, type: string, output: string): ListItem => ({
    name: `exports/${to}-${type}`,
    commands: [{ words: ['export', '--to', to, '--type', type, ...model, '--output', output] }],
  });
  const run = ['--threads', String(threads), '--json'];
  const drawn = [
    '--prompt',
    'Set a timer',
    '--temperature',
    '0.8',
    '--top-k',
    '40',
    '--top-p',
    '0.9',
    '--seed',
    '3',
    '--max-new-tokens',
    '24',
  ];
  const asked = [
    '--data',
    join(quickstart, 'data', 'test.jsonl'),
    '--limit',
    '8',
    '--max-new-tokens',
    '16',
  ];
  return [
    ...['f32', 'bf16', 'f16'].map((type) => exported('vllm', type, 'out')),
    ...['f32', 'bf16', 'f16', 'q8_0'].map((type) => exported('gguf', type, 'out.gguf')),
    {
      name: 'answers/generate',
      commands: [{ words: ['generate', ...model, ...drawn, ...run], output: 'answer.json' }],
    },
    {
      name: 'answers/evaluate',
      commands: [{ words: ['evaluate', ...model, ...asked, ...run], output: 'evaluation.json' }],
    },
  ];
}
