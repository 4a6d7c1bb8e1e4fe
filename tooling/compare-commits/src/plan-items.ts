// Programs as `automodel plan` prints them: the report as JSON, and the graph and the plan of the
// training program line by line, which name every op, shape, attribute and byte range.
import { join } from 'node:path';
import { fromConfig } from './from-config.js';
import type { ListCommand, ListContext, ListItem } from './list-item.js';

const SIZES = ['--seq', '24', '--batch', '2'];
const LORA = ['--peft.type', 'lora', '--peft.dim', '4'];

/** A model of 87 million parameters with random weights, for `plan`. */
export const midSize = (inputs: string, tokenizer: string): string[] => [
  ...fromConfig(inputs, 'mid-size', tokenizer),
  '--dataset.path_or_dataset_id',
  'unread',
  '--checkpoint.checkpoint_dir',
  'out',
  '--seq',
  '512',
  '--batch',
  '2',
];

/** Name, words and the outermost module scope of each program; what has no scope is printed too. */
type Program = readonly [name: string, words: readonly string[], scope: string];

function programs({ goldens, quickstart, inputs }: ListContext): readonly Program[] {
  const model = (name: string): string[] => ['--model', join(goldens, 'models', name), ...SIZES];
  const recorded = (name: string): string[] => [
    '--model',
    join(goldens, 'recorded', name),
    '--graph',
    join(goldens, 'recorded', name, 'graph.json'),
  ];
  const base = join(quickstart, 'base');
  return [
    ['llama-f32', [...model('llama-gqa'), '--precision', 'f32'], 'model'],
    ['qwen3-bf16', [...model('qwen3'), '--precision', 'bf16'], 'model'],
    ['gemma3-lora', [...model('gemma3'), ...LORA, '--peft.dropout', '0.1'], 'model'],
    [
      'gemma2-nf4',
      [...model('gemma2'), '--precision', 'bf16', ...LORA, '--quantization.load_in_4bit', 'true'],
      'model',
    ],
    [
      'olmo2-sgd',
      [...model('olmo2'), '--optimizer.type', 'sgd', '--optimizer.momentum', '0.9'],
      'model',
    ],
    [
      'mistral-recomputed',
      [...model('mistral'), '--distributed.activation_checkpointing', 'true'],
      'model',
    ],
    [
      'quickstart-packed',
      [
        '--model',
        base,
        '--data',
        join(quickstart, 'data', 'validation.jsonl'),
        '--packed_sequence.packed_sequence_size',
        '128',
      ],
      'model',
    ],
    ['mixtral-recorded', recorded('mixtral'), 'model'],
    ['gpt2-recorded', recorded('gpt2'), 'transformer'],
    ['qwen3-next-recorded', recorded('qwen3_next'), 'model'],
    ['mid-size-budget', [...midSize(inputs, base), '--memory.budget_gb', '2'], 'model'],
  ];
}

/** `texts`: graphs and plans too, which depend less on instruction set and threads than reports. */
export function planItems(context: ListContext, texts: boolean): ListItem[] {
  return programs(context).map(([name, words, scope]) => {
    const plan = ['plan', ...words, '--backend.threads', String(context.threads)];
    const printed = ['graph', 'plan'].flatMap((what) =>
      ['', scope, 'lm_head'].map((inner): ListCommand => ({
        words: [...plan, `--print-${what}`, inner],
        output: `${what}-${inner === '' ? 'outside' : inner}.txt`,
      })),
    );
    return {
      name: `plans/${name}`,
      commands: [{ words: [...plan, '--json'], output: 'plan.json' }, ...(texts ? printed : [])],
    };
  });
}
