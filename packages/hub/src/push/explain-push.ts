// What a failed push means to a user: one sentence, and what to do.
import { AutomodelError } from '@automodel/core';
import { HubApiError } from '@huggingface/hub';
import { explainFailure } from '../explain-failure.js';
import type { HubSettings } from '../hub-settings.js';
import { HubFailure } from '../network/hub-failure.js';
import type { Repository } from '../repository.js';

/** The error to throw for `error`. */
export function explainPush(
  error: unknown,
  settings: HubSettings,
  repository: Repository,
): unknown {
  if (error instanceof AutomodelError) return error;
  const { status, message } = answerIn(error);
  const from = settings.token?.from ?? 'HF_TOKEN';
  if (status === 401 && /invalid credentials/i.test(message))
    return explainFailure(error, { settings, repository, revision: 'main' });
  if (status === 401 || status === 403)
    return new AutomodelError(
      'network',
      `the token in ${from} may not write to ${repository.id}: ${message}`,
      {
        hint:
          `make a token with write access at ${settings.endpoint}/settings/tokens, and check ` +
          `that you may write under ${repository.id.replace(/\/.*$/, '')}`,
        cause: error,
      },
    );
  if (status === 413 || status === 422 || status === 400)
    return new AutomodelError(
      'network',
      `the hub does not accept the files for ${repository.id}: ${message}`,
      { cause: error },
    );
  if (status === 404)
    return new AutomodelError(
      'missing-file',
      `${repository.id} or its branch is not on the hub: ${message}`,
      { hint: 'check the name of the owner', cause: error },
    );
  return explainFailure(error, { settings, repository, revision: 'main' });
}

function answerIn(error: unknown): {
  readonly status: number | undefined;
  readonly message: string;
} {
  if (error instanceof HubFailure) return { status: error.status, message: error.message };
  if (error instanceof HubApiError) return { status: error.statusCode, message: error.message };
  return { status: undefined, message: '' };
}
