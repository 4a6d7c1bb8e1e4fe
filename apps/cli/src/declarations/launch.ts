// What `automodel launch` takes, as its help shows it.
import type { KubernetesKind } from '@automodel/distributed';
import { declareCommand } from '../grammar/declare-command.js';
import { choice, flag, recipeWordsAfter, text, texts, value } from '../grammar/option.js';
import { memorySize, slurmTime, wholeNumber } from '../grammar/option-values.js';

const KINDS = Object.keys({
  jobset: true,
  trainjob: true,
} satisfies Record<KubernetesKind, true>) as KubernetesKind[];

/** Options of every system. */
const COMMON = {
  submit: flag('--submit', 'hand it to the cluster (sbatch, kubectl) instead of printing it'),
  nodes: value('--nodes <n>', 'machines (default: 1)', wholeNumber(1)),
  nprocPerNode: value('--nproc-per-node <n>', 'processes on each (default: 1)', wholeNumber(1)),
  cpus: value('--cpus <n>', 'processors, and threads, of each process', wholeNumber(1)),
  memory: value('--memory <size>', 'memory of each machine: 64G, 900M', memorySize),
  gpus: value('--gpus <n>', 'GPUs of each machine', wholeNumber(1)),
  name: text('--name <name>', "name of the job (default: the recipe's)"),
  program: text(
    '--program <path>',
    'automodel on the machines (default: this one under Slurm, node_modules/.bin/automodel in ' +
      'an image)',
  ),
  grace: value(
    '--grace <seconds>',
    'time to finish a step and save when the job is stopped (default: 120)',
    wholeNumber(1),
  ),
};

export const SLURM = {
  time: value('--time <time>', 'slurm: time limit: minutes, 4:00:00, 1-12:00:00', slurmTime),
  partition: text('--partition <name>', 'slurm: partition'),
  account: text('--account <name>', 'slurm: account'),
  log: text('--log <file>', 'slurm: where output goes (default: %x-%j.log: name and job)'),
  mpi: text('--mpi <type>', 'slurm: how srun starts MPI programs: pmix'),
  setup: texts('--setup <line>', 'slurm: a line that the script runs first (repeatable)'),
  sbatch: texts('--sbatch <option>', 'slurm: a further option of sbatch (repeatable)'),
  srun: texts('--srun <option>', 'slurm: a further option of srun (repeatable)'),
};

export const KUBERNETES = {
  kind: choice('--kind <kind>', 'kubernetes: what to make (default: jobset)', KINDS),
  image: text('--image <name>', 'kubernetes: image of the containers'),
  claim: text('--claim <name>', 'kubernetes: claim of the volume with data, model and output'),
  mount: text(
    '--mount <folder>',
    'kubernetes: where it is mounted and runs start (default: /shared)',
  ),
  user: value('--user <id>', 'kubernetes: number of the user in the containers', wholeNumber(1)),
  namespace: text('--namespace <name>', 'kubernetes: namespace'),
  maxRestarts: value(
    '--max-restarts <n>',
    'kubernetes: how often to start again (default: 20)',
    wholeNumber(0),
  ),
};

export const OPTIONS = { ...COMMON, ...SLURM, ...KUBERNETES };

export const launch = declareCommand({
  name: 'launch',
  description: 'print or submit a job that runs a recipe on a cluster: slurm or kubernetes',
  group: 'Training',
  examples: [
    'launch slurm recipe.yaml --nodes 2 --nproc-per-node 4 --cpus 8 --time 4:00:00',
    'launch slurm recipe.yaml --nproc-per-node 2 --distributed.strategy ddp --submit',
    'launch kubernetes recipe.yaml --nproc-per-node 4 --image registry/finetune --claim work',
  ],
  argument: recipeWordsAfter('system'),
  options: OPTIONS,
});
