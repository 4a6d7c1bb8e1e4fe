// The secret that all processes of a run know. Where nobody gave them one, the first process writes
// one into a folder that all of them see, readable by its user only; who reads it there can also
// read where the first process listens.
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** How a process comes to the secret; 'none': only processes of this machine may come. */
export type SecretSource =
  | { readonly kind: 'known'; readonly secret: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'none' };

/** Where the first process listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Invitation {
  readonly secret: string;
  readonly address: Address;
}

/** What to do where two processes have different ones. */
export const SAME_SECRET =
  'give all processes the same AUTOMODEL_RENDEZVOUS_SECRET, and each run a port of its own';

export const newSecret = (): string => randomBytes(32).toString('hex');

/** Replaces what an earlier run has left. Errors: those of the file system. */
export function writeInvitation(path: string, invitation: Invitation): void {
  const beside = `${path}.${process.pid}`;
  rmSync(beside, { force: true });
  writeFileSync(beside, JSON.stringify(invitation), { mode: 0o600, flag: 'wx' });
  renameSync(beside, path);
}

/** Undefined until it is there. */
export function readInvitation(path: string): Invitation | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Invitation;
  } catch {
    return undefined;
  }
}

/** Removes it if it is still that of `secret`. */
export function removeInvitation(path: string, secret: string): void {
  if (readInvitation(path)?.secret === secret) rmSync(path, { force: true });
}
