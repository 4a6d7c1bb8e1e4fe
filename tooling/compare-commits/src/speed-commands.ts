// What is timed: start-up, compiling a program, reading and tokenising rows; and training, where
// compiled functions differ, so that there is no saying from the code whether speed is the same.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ListContext } from './list-item.js';
import type { TimedCommand } from './measure-speed.js';
import { midSize } from './plan-items.js';

const COPIES = 6; // of the quickstart's 3000 rows

/** The commands; rows for the loader are written into `folder`. */
export function speedCommands(
  { quickstart, inputs }: ListContext,
  folder: string,
  trainedSets: readonly string[],
  best: string,
): TimedCommand[] {
  const base = join(quickstart, 'base');
  const rows = join(folder, 'rows.jsonl');
  writeFileSync(rows, readFileSync(join(quickstart, 'data', 'train.jsonl'), 'utf8').repeat(COPIES));
  const load = [
    'check',
    '--model',
    base,
    '--data',
    rows,
    '--output',
    'unwritten',
    '--dataset.cache',
    'false',
    '--rows',
    '0',
  ];
  const bench = ['bench', base, '--threads', '1', '--batch', '4', '--seq', '128', '--steps', '10'];
  return [
    { name: 'start-up', words: ['--version'], instructionSet: best },
    { name: 'compile', words: ['plan', ...midSize(inputs, base), '--json'], instructionSet: best },
    { name: 'loader', words: load, instructionSet: best },
    ...trainedSets.flatMap((set) => [
      { name: `training-f32-${set}`, words: bench, instructionSet: set },
      {
        name: `training-nf4-${set}`,
        words: [...bench, '--dtype', 'bf16', '--lora', '8', '--quantization', 'nf4'],
        instructionSet: set,
      },
    ]),
  ];
}
