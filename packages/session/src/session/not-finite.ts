// Why a session computes something that is not a number: the weights are searched, which costs a
// reading of all of them and is therefore done only when a result has gone wrong.
import { AutomodelError } from '@automodel/core';
import type { ModelSession } from './model-session.js';

/** The error for `what` that is not finite, naming the first weight that is not. */
export async function notFinite(session: ModelSession, what: string): Promise<AutomodelError> {
  const { parameters } = session;
  for (const { name } of parameters.all) {
    const values = await parameters.read(name);
    const element = values.findIndex((value) => !Number.isFinite(value));
    if (element >= 0)
      return new AutomodelError(
        'not-finite',
        `${what} not finite: tensor ${name} holds ${values[element]} (element ${element})`,
        {
          hint: 'the weights are damaged: start from a whole copy, or from an earlier checkpoint',
        },
      );
  }
  return new AutomodelError(
    'not-finite',
    `${what} not finite, although every weight is: the numbers between them overflow`,
    { hint: 'compute in f32, or start from an earlier checkpoint' },
  );
}
