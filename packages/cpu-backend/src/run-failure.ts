// Why a run ended early, as an error.
import { AutomodelError, type Plan } from '@automodel/core';
import type { Processes } from './engines/processes.js';
import type { RunOutcome } from './native-pool.js';

/** How long a rank that was left waits to hear which process was lost. */
const PATIENCE_MILLISECONDS = 1000;

export const stopped = (plan: Plan, cause: unknown): AutomodelError =>
  new AutomodelError('aborted', `program ${plan.name} was stopped`, { cause });

/** Why nothing runs any more, if so. */
export function lossOf({ lost }: Processes): AutomodelError | undefined {
  if (!lost.aborted) return undefined;
  return lost.reason instanceof AutomodelError
    ? lost.reason
    : new AutomodelError('aborted', 'another process was lost', { cause: lost.reason });
}

/** Resolves when a process was lost, or after a while. */
const lossOrTime = ({ lost }: Processes): Promise<void> =>
  new Promise((resolve) => {
    if (lost.aborted) return resolve();
    const timer = setTimeout(resolve, PATIENCE_MILLISECONDS);
    lost.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });

/** The error of a run that ended as `outcome` says; `signal` may have stopped it. */
export async function failureOf(
  plan: Plan,
  outcome: RunOutcome,
  processes: Processes,
  signal: AbortSignal | undefined,
): Promise<AutomodelError> {
  if (outcome.status === 'rank-gone') await lossOrTime(processes);
  const loss = lossOf(processes);
  if (loss !== undefined) return loss;
  if (outcome.status === 'aborted') return stopped(plan, signal?.reason);
  if (outcome.status === 'no-memory')
    return new AutomodelError(
      'out-of-memory',
      `program ${plan.name}: there is no memory for messages to other ranks`,
      { hint: 'train with a smaller batch, pack or memory budget' },
    );
  const { op, scope, attrs } = plan.steps[outcome.step]!;
  const axis = String(attrs['axis']);
  const other = processes.ranksAlong(axis)[outcome.output];
  if (outcome.status === 'rank-gone')
    return new AutomodelError('aborted', `rank ${other} has left program ${plan.name}`, {
      location: scope,
      hint: 'what it reports says why',
    });
  return new AutomodelError(
    'bad-plan',
    `ranks run different collectives: where this rank runs ${op} over ${axis}, ` +
      `step ${outcome.step} of program ${plan.name}, rank ${other} does something else`,
    { location: scope, hint: 'all processes run the same plans in the same order' },
  );
}
