// Why a command ends that several processes share.
import { AutomodelError } from '@automodel/core';

/**
 * Where a process was lost, that is why everything else fails; but what all of them find out by
 * themselves is the error of each, whoever tells it first. `lost`: aborted with the error that
 * tells of the process.
 */
export function causeOf(error: unknown, lost: AbortSignal | undefined): unknown {
  if (lost?.aborted !== true) return error;
  const { message } = lost.reason as AutomodelError;
  return error instanceof AutomodelError && message.endsWith(`: ${error.message}`)
    ? error
    : lost.reason;
}
