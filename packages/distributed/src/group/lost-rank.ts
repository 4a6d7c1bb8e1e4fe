// The error of a run that cannot go on because of another process.
import { AutomodelError } from '@automodel/core';
import type { ErrorData } from '../wire/messages.js';

const KIND = 'lost rank';

export const lostRank = ({ code, message, hint }: ErrorData): AutomodelError =>
  new AutomodelError(code, message, { hint, kind: KIND });

/** Whether an error is only the consequence of what happened to another process. */
export const isLostRank = (error: unknown): boolean =>
  error instanceof AutomodelError && error.kind === KIND;
