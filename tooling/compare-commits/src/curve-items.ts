// Ten steps of training in the ways that a recipe offers: the folders that runs leave, with
// weights, optimizer state and metrics, hold every loss and every updated parameter.
import { join } from 'node:path';
import { fromConfig } from './from-config.js';
import type { ListCommand, ListContext, ListItem } from './list-item.js';

const overrides = (keys: Readonly<Record<string, string | number | boolean | null>>): string[] =>
  Object.entries(keys).flatMap(([key, value]) => [`--${key}`, String(value)]);

/** Ten steps into `out`, saved halfway with everything that resuming needs. */
function training(
  model: readonly string[],
  data: string,
  threads: number,
  keys: Parameters<typeof overrides>[0],
): ListCommand {
  const common = {
    'step_scheduler.max_steps': 10,
    'step_scheduler.ckpt_every_steps': 5,
    'step_scheduler.num_epochs': 10,
    'step_scheduler.global_batch_size': 8,
    'step_scheduler.local_batch_size': 4,
    'optimizer.lr': 0.001,
    'backend.threads': threads,
    'dataset.path_or_dataset_id': data,
    'checkpoint.checkpoint_dir': 'out',
  };
  return { words: ['finetune', ...model, ...overrides({ ...common, ...keys })] };
}

const LORA = { 'peft.type': 'lora', 'peft.dim': 4 } as const;
const BF16 = { precision: 'bf16' } as const;
const F32 = { precision: 'f32' } as const;

/** Ways to train the quickstart's model of 0.9 million parameters. */
const QUICKSTART = {
  'full-f32': F32,
  'full-bf16': BF16,
  'pure-bf16': { precision: 'bf16_pure' },
  sgd: {
    ...F32,
    'optimizer.type': 'sgd',
    'optimizer.momentum': 0.9,
    'optimizer.nesterov': true,
    'optimizer.weight_decay': 0.01,
    'clip_grad_norm.max_norm': null,
  },
  'dora-rslora': { ...F32, ...LORA, 'peft.use_dora': true, 'peft.use_rslora': true },
  nf4: {
    ...BF16,
    ...LORA,
    'quantization.load_in_4bit': true,
    'quantization.bnb_4bit_use_double_quant': false,
  },
  'nf4-double': { ...BF16, ...LORA, 'quantization.load_in_4bit': true },
  int8: { ...BF16, ...LORA, 'quantization.load_in_8bit': true },
  packed: {
    ...BF16,
    'packed_sequence.packed_sequence_size': 128,
    'packed_sequence.packing_strategy': 'neat',
  },
  streamed: {
    ...F32,
    'dataset.streaming': true,
    'dataset.shuffle_buffer_size': 16,
    'dataset.seq_length': 128,
  },
} as const;

/** The curves; those of golden models read rows short enough for their recorded graphs. */
export function curveItems({ goldens, quickstart, inputs, threads }: ListContext): ListItem[] {
  const base = join(quickstart, 'base');
  const chats = join(quickstart, 'data', 'validation.jsonl');
  const golden = (
    folder: string,
    keys: Parameters<typeof overrides>[0],
    more: readonly string[] = [],
  ): ListCommand =>
    training(['--model', join(goldens, folder), ...more], join(inputs, 'rows.jsonl'), threads, {
      'tokenizer.pretrained_model_name_or_path': join(inputs, 'byte-tokenizer'),
      ...keys,
    });
  const dropout = training(['--model', base], chats, threads, {
    ...F32,
    ...LORA,
    'peft.dropout': 0.1,
  });
  const single = [
    ...Object.entries(QUICKSTART).map(
      ([name, keys]) => [name, training(['--model', base], chats, threads, keys)] as const,
    ),
    ['recorded', golden('recorded/mixtral', F32)] as const,
    ['recorded-bf16', golden('recorded/qwen3_next', BF16)] as const,
    [
      'recorded-lora',
      golden('models/llama-gqa', { ...F32, ...LORA }, [
        '--graph',
        join(goldens, 'models', 'llama-gqa', 'graph.json'),
      ]),
    ] as const,
    [
      'recomputed',
      golden('models/gemma3', { ...F32, 'distributed.activation_checkpointing': true }),
    ] as const,
    [
      'wide',
      training(fromConfig(inputs, 'wide', base), chats, threads, { 'step_scheduler.max_steps': 3 }),
    ] as const,
  ];
  const adapter = ['--model', base, '--adapter', 'out'];
  return [
    ...single.map(([name, command]) => ({ name: `curves/${name}`, commands: [command] })),
    {
      name: 'curves/lora-dropout-exported',
      commands: [
        dropout,
        { words: ['merge', ...adapter, '--output', 'merged'] },
        { words: ['export', '--to', 'vllm', ...adapter, '--output', 'vllm'] },
        { words: ['export', '--to', 'gguf', ...adapter, '--output', 'adapter.gguf'] },
      ],
    },
  ];
}
