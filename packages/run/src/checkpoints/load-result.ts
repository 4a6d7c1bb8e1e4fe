// The weights of a result that is on disk, into the session that trained them or another one: what
// is evaluated is what was saved, rounded as the files hold it.
import type { ModelSession } from '@automodel/session';
import { restoreParameters } from '@automodel/train';
import type { OpenedRun } from '../open/opened-run.js';
import { checkpointTensors } from './resume-point.js';

const NOTHING_ELSE = { masterWeights: new Map(), optimizer: new Map() };

/** Errors: those of reading the result; `missing-parameter` and `bad-shape`. */
export async function loadResult(
  { output, adapter }: Pick<OpenedRun, 'output' | 'adapter'>,
  session: ModelSession,
): Promise<void> {
  const result = { path: output.path, stored: NOTHING_ELSE };
  await restoreParameters(session, await checkpointTensors(result, session, await adapter()));
}
