// Where a process takes the secret of the rendezvous from.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import type { Environment } from '../launchers/launcher.js';
import type { SecretSource } from '../rendezvous/shared-secret.js';

const SECRET = 'AUTOMODEL_RENDEZVOUS_SECRET';
const SECRET_FILE = `${SECRET}_FILE`;
/** In the folder that all processes see. */
const INVITATION = '.rendezvous';

/**
 * From the environment, else from the file in `folder`, which is made. Errors: `io` for a file that
 * cannot be read.
 */
export function secretSource(environment: Environment, folder: string | undefined): SecretSource {
  const secret = environment[SECRET] ?? '';
  if (secret !== '') return { kind: 'known', secret };
  const file = environment[SECRET_FILE] ?? '';
  if (file !== '') return { kind: 'known', secret: readSecret(file) };
  if (folder === undefined) return { kind: 'none' };
  mkdirSync(folder, { recursive: true });
  return { kind: 'file', path: join(folder, INVITATION) };
}

function readSecret(path: string): string {
  const secret = readOrSay(path).trim();
  if (secret !== '') return secret;
  throw new AutomodelError('io', `${path} is empty`, { hint: `${SECRET_FILE} names it` });
}

function readOrSay(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AutomodelError('io', `${path} cannot be read`, {
      hint: `${SECRET_FILE} names it`,
      cause,
    });
  }
}
