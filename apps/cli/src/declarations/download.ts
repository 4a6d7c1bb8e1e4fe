// What `automodel download` takes, as its help shows it.
import { declareCommand } from '../grammar/declare-command.js';
import { argument, flag, text } from '../grammar/option.js';

export const OPTIONS = {
  revision: text('--revision <name>', 'branch, tag or commit (default: main)'),
  dataset: flag('--dataset', 'the id is a data set'),
  split: text('--split <split>', 'split of the data set (default: train)'),
  name: text('--name <configuration>', 'configuration of the data set, if it has several'),
};

export const download = declareCommand({
  name: 'download',
  description: 'fetch a model or data set from the hub into the cache',
  group: 'Taking it elsewhere',
  examples: ['download Qwen/Qwen3-0.6B', 'download rajpurkar/squad --dataset --split validation'],
  note:
    'Other commands fetch what they need in the same way. HF_HOME, HF_TOKEN, HF_ENDPOINT and\n' +
    'HF_HUB_OFFLINE are honoured.',
  argument: argument('<id>', 'id on the hub, such as Qwen/Qwen3-0.6B'),
  options: OPTIONS,
});
