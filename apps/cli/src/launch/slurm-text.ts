// A run as a batch script of Slurm. The nodes start the same program as runs now: folders of
// installations and of work are shared there.
import { SBATCH, slurmScript } from '@automodel/distributed';
import type { OPTIONS } from '../declarations/launch.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { GRACE_SECONDS, type ClusterText, type LaunchRequest } from './launch-request.js';

/** Node, its options, and the script that this process runs. */
const thisProgram = (): string[] => [
  process.execPath,
  ...process.execArgv,
  ...process.argv.slice(1, 2),
];

/** Errors: `bad-argument` for values that a script cannot hold. */
export const slurmText = (
  { job, directory, runFolder, file, commandWith }: LaunchRequest,
  options: CommandOptions<typeof OPTIONS>,
): ClusterText => ({
  program: SBATCH,
  text: slurmScript({
    ...job,
    command: commandWith(options.program === undefined ? thisProgram() : [options.program], file),
    directory,
    runFolder,
    time: options.time,
    partition: options.partition,
    account: options.account,
    log: options.log,
    mpi: options.mpi,
    graceSeconds: options.grace ?? GRACE_SECONDS,
    setup: options.setup ?? [],
    sbatchOptions: options.sbatch ?? [],
    srunOptions: options.srun ?? [],
  }),
});
