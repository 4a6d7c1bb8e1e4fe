// What `automodel doctor` takes, as its help shows it.
import { declareCommand } from '../grammar/declare-command.js';
import { flag, value } from '../grammar/option.js';
import { wholeNumber } from '../grammar/option-values.js';

export const OPTIONS = {
  threads: value(
    '--threads <n>',
    'CPU threads of the speed test (default: one per core)',
    wholeNumber(1),
  ),
  online: flag('--online', 'also ask the hub, over the network'),
};

export const doctor = declareCommand({
  name: 'doctor',
  description:
    'check whether this machine and installation can do the work: versions, memory, libraries, ' +
    'plugins, caches, speed',
  group: 'Getting started',
  examples: ['doctor', 'doctor --json'],
  note: 'Nothing is sent over the network unless --online is given. Exit code 1: something fails.',
  options: OPTIONS,
});
