// What a job on a cluster is, whichever system runs it: how many machines, how many processes on
// each, what each process needs, and the command that they all run.
import { AutomodelError } from '@automodel/core';

/** Memory in binary units: `{ amount: 64, unit: 'G' }` is 64 GiB. */
export interface Memory {
  readonly amount: number;
  readonly unit: 'M' | 'G' | 'T';
}

export interface ClusterJob {
  /** Lower-case letters, digits and `-`; a letter first. */
  readonly name: string;
  readonly nodes: number;
  /** Processes on each node: as many ranks. */
  readonly processes: number;
  /** Processors of each process; undefined: what the cluster gives. */
  readonly cpus?: number | undefined;
  /** Of each node; undefined: what the cluster gives. */
  readonly memory?: Memory | undefined;
  /** Of each node. */
  readonly gpus?: number | undefined;
  /** The words of the command that trains. */
  readonly command: readonly string[];
}

const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/**
 * A label of RFC 1123, which is what names of Kubernetes, and with them names of hosts, are made
 * of. `what` names the value in the error `bad-argument`.
 */
export function checkLabel(what: string, label: string, longest = 63): void {
  if (LABEL.test(label) && label.length <= longest) return;
  throw new AutomodelError('bad-argument', `${what} ${JSON.stringify(label)} is not a valid name`, {
    hint:
      `use at most ${longest} lower-case letters, digits and dashes, with a letter or digit at ` +
      'both ends',
  });
}

/** A label that begins with a letter, as RFC 1035 has it: names of services must. */
export function checkJobName(name: string, longest = 63): void {
  checkLabel('the name', name, longest);
  if (!/^[a-z]/.test(name))
    throw new AutomodelError('bad-argument', `the name "${name}" begins with a digit`, {
      hint: 'let it begin with a letter',
    });
}

/** The job's name that is nearest to `text`, for jobs that nobody named. */
export function jobNameOf(text: string): string {
  const label = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, 30)
    .replace(/-$/, '');
  return /^[a-z]/.test(label) ? label : `automodel-${label}`.replace(/-$/, '');
}
