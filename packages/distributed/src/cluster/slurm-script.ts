// The batch script of a run under Slurm: one task of `srun` for each rank. The script gives them a
// meeting point and a secret, and puts the job back into the queue when the run was stopped with a
// checkpoint: it then goes on where it was. The text holds no secret: the script makes it.
import { AutomodelError, shellWord } from '@automodel/core';
import { checkJobName, type ClusterJob } from './cluster-job.js';

/** What Slurm is told besides; absent: what the cluster does by itself. */
export interface SlurmJob extends ClusterJob {
  /** Where the command runs; absolute, and the same on every node. */
  readonly directory: string;
  /** The run's output folder, which every node sees; absolute. The secret lies there. */
  readonly runFolder: string;
  /** As Slurm writes it: `4:00:00`. */
  readonly time?: string | undefined;
  readonly partition?: string | undefined;
  readonly account?: string | undefined;
  /**
   * The file that output goes to, from `directory`; may hold Slurm's patterns, such as `%j`.
   * Default: name and number of the job.
   */
  readonly log?: string | undefined;
  /** How `srun` starts MPI programs: `pmix`. */
  readonly mpi?: string | undefined;
  /** How long before its time limit the job is told to stop and save. */
  readonly graceSeconds: number;
  /** Lines that the script runs first: `module load nodejs`. */
  readonly setup: readonly string[];
  /** Further options of `sbatch` and `srun`, as words. */
  readonly sbatchOptions: readonly string[];
  readonly srunOptions: readonly string[];
}

type Setting = readonly [option: string, value: string | number | undefined];

/** Returns the text of the script. Errors: `bad-argument` for values that break out of a line. */
export function slurmScript(job: SlurmJob): string {
  checkJobName(job.name);
  return [
    '#!/bin/bash',
    ...directives(job),
    ...preparation(job),
    ...meetingPoint(job),
    ...training(job),
    ...ending,
    '',
  ].join('\n');
}

function directives(job: SlurmJob): string[] {
  const { memory } = job;
  const settings: readonly Setting[] = [
    ['job-name', job.name],
    ['nodes', job.nodes],
    ['ntasks-per-node', job.processes],
    ['cpus-per-task', job.cpus],
    ['mem', memory && `${memory.amount}${memory.unit}`],
    ['gpus-per-node', job.gpus],
    ['time', job.time],
    ['partition', job.partition],
    ['account', job.account],
    ['output', logPath(job)],
  ];
  return [
    ...words(settings),
    '--open-mode=append',
    '--requeue',
    `--signal=TERM@${job.graceSeconds}`,
    ...job.sbatchOptions,
  ].map(directive);
}

/**
 * In full, because Slurm looks for its patterns in the folder's name too. Errors: `bad-argument`
 * for a backslash, behind which it knows no patterns.
 */
function logPath({ directory, log = '%x-%j.log' }: SlurmJob): string {
  if (log.startsWith('/')) return log;
  if (directory.includes('\\'))
    throw new AutomodelError('bad-argument', 'Slurm writes no log into a folder with a backslash', {
      location: directory,
      hint: 'give the log an absolute path elsewhere, with --log',
    });
  return `${directory.replaceAll('%', '%%')}/${log}`;
}

/** `--option=value` of the settings that have a value. */
const words = (settings: readonly Setting[]): string[] =>
  settings.flatMap(([option, value]) => (value === undefined ? [] : [`--${option}=${value}`]));

/** sbatch splits the rest of the line at spaces, and knows quotes and backslashes. */
function directive(word: string): string {
  refuseLineEnds(word);
  const plain = /^[\w./:=@%+,*^&|!()[\]-]+$/.test(word);
  return `#SBATCH ${plain ? word : `"${word.replace(/["\\]/g, '\\$&')}"`}`;
}

function refuseLineEnds(text: string): void {
  if (/[\u0000-\u001f\u007f]/.test(text))
    throw new AutomodelError(
      'bad-argument',
      `${JSON.stringify(text)} holds a line end or a control character: no word of a batch script`,
    );
}

function preparation({ directory, setup }: SlurmJob): string[] {
  setup.forEach(refuseLineEnds);
  return ['', `cd -- ${quoted(directory)} || exit 2`, ...setup, 'set -uo pipefail'];
}

function meetingPoint({ runFolder }: SlurmJob): string[] {
  return `
# Rank 0 listens on the first node. The ranks know each other by a secret that is this user's.
export MASTER_ADDR MASTER_PORT AUTOMODEL_RENDEZVOUS_SECRET_FILE
hosts=$(scontrol show hostnames "$SLURM_JOB_NODELIST") || exit
MASTER_ADDR=\${hosts%%$'\\n'*}
MASTER_PORT=$((20000 + SLURM_JOB_ID % 10000))
run_folder=${quoted(runFolder)}
AUTOMODEL_RENDEZVOUS_SECRET_FILE=$run_folder/.rendezvous-$SLURM_JOB_ID
forget() { rm -f -- "$AUTOMODEL_RENDEZVOUS_SECRET_FILE"; }
mkdir -p -- "$run_folder" && forget || exit 2
trap forget EXIT
(umask 077 && head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \\n' \\
  >"$AUTOMODEL_RENDEZVOUS_SECRET_FILE") || exit 2`.split('\n');
}

function training(job: SlurmJob): string[] {
  const options = words([
    ['nodes', job.nodes],
    ['ntasks', job.nodes * job.processes],
    ['ntasks-per-node', job.processes],
    // srun does not take it from sbatch
    ['cpus-per-task', job.cpus],
    ['mpi', job.mpi],
  ]);
  const command = [...options, ...job.srunOptions, '--', ...job.command].map(quoted).join(' ');
  return `
# Slurm's signals go to the ranks, which finish their step and save.
srun ${command}
code=$?
forget`.split('\n');
}

/** The codes with which a run ends that was told to stop, and saved: SIGHUP and SIGTERM. */
const ending: readonly string[] = `
# Stopped, with a checkpoint, and the job was not cancelled: it goes on later.
case $code in
  129 | 143)
    state=$(squeue --noheader --jobs="$SLURM_JOB_ID" --format=%T)
    if [ "$state" = RUNNING ]; then scontrol requeue "$SLURM_JOB_ID"; fi
    ;;
esac
exit "$code"`.split('\n');

/** A word of the script. Errors: `bad-argument` for control characters, which logs cannot show. */
function quoted(word: string): string {
  refuseLineEnds(word);
  return shellWord(word);
}
