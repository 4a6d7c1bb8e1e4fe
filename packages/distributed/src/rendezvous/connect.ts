// The way of another process to the first one: tries until it is let in, because the first may
// start later, its name may not be known yet (Kubernetes), and a secret in a file may be that of an
// earlier run.
import { setTimeout as pause } from 'node:timers/promises';
import type { ErrorData } from '../wire/messages.js';
import { introduce, type IntroduceOptions } from './introduce.js';
import type { Peer } from './peer.js';
import {
  readInvitation,
  SAME_SECRET,
  type Address,
  type Invitation,
  type SecretSource,
} from './shared-secret.js';

const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 1000;
/** Milliseconds in which the first process replaces a file that an earlier run has left. */
const REPLACED_WITHIN = 5000;
/** Milliseconds in which somebody else may still give up the port of the first process. */
const STARTS_WITHIN = 30_000;

export interface ConnectOptions extends IntroduceOptions {
  readonly secret: SecretSource;
  /** Absent: as the file of the secret says. */
  readonly address: Address | undefined;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Why one attempt led to nothing. */
interface Failure {
  readonly because: string;
  /** Milliseconds after the first such failure in which the next attempts may lead to something. */
  readonly patience?: number;
  readonly hint?: string;
}

/** The first process, or why there is no way to it. */
export async function connectToFirst(options: ConnectOptions): Promise<Peer | ErrorData> {
  const end = performance.now() + options.timeout;
  let failure: Failure = { because: '' };
  let refusedFirst: number | undefined;
  for (let wait = FIRST_PAUSE; ; wait = Math.min(2 * wait, LONGEST_PAUSE)) {
    const known = invitationOf(options);
    const found = known === undefined ? notWritten(options) : await attempt(known, options);
    if ('send' in found) return found;
    failure = found;
    if (found.patience !== undefined) refusedFirst ??= performance.now();
    const last = Math.min(end, (refusedFirst ?? Infinity) + (found.patience ?? Infinity));
    if (performance.now() + wait > last) break;
    await pause(wait);
  }
  return { code: 'network', message: failure.because, hint: failure.hint };
}

/** Undefined while the file that says it is not there. */
function invitationOf({ secret, address }: ConnectOptions): Invitation | undefined {
  if (secret.kind !== 'file') return { secret: secretOf(secret), address: address! };
  const written = readInvitation(secret.path);
  return written && { ...written, address: address ?? written.address };
}

const secretOf = (source: SecretSource): string => (source.kind === 'known' ? source.secret : '');

const notWritten = ({ secret }: ConnectOptions): Failure => ({
  because: `rank 0 has not written ${secret.kind === 'file' ? secret.path : 'where it is'}`,
  hint: 'all processes have to see the same folder; or set AUTOMODEL_RENDEZVOUS_SECRET for each',
});

async function attempt(
  { secret, address }: Invitation,
  options: ConnectOptions,
): Promise<Peer | Failure> {
  const place = `${address.host}:${address.port}`;
  const result = await introduce(secret, address, options);
  if ('send' in result) return result;
  if (result.because === 'version')
    return { because: `rank 0 at ${place} has another version of automodel`, patience: 0 };
  if (result.because === 'secret') return otherSecret(place, options);
  if (result.because === 'stranger')
    return {
      because: `what listens at ${place} is not rank 0 of this run`,
      patience: STARTS_WITHIN,
      hint: 'set MASTER_PORT to a port that is free, the same for all processes',
    };
  const { cause = '' } = result;
  const why = SYSTEM[cause] ?? cause;
  return { because: `rank 0 does not answer at ${place}${why === '' ? '' : ` (${why})`}` };
}

/** A secret in a file may be that of an earlier run, and is replaced soon. */
const otherSecret = (place: string, { secret }: ConnectOptions): Failure => ({
  because: `rank 0 at ${place} has another secret`,
  patience: secret.kind === 'file' ? REPLACED_WITHIN : 0,
  hint: secret.kind === 'file' ? 'all processes have to see the same folder' : SAME_SECRET,
});

const SYSTEM: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was reset',
  ENOTFOUND: 'the name of the host is not known',
  EAI_AGAIN: 'the name of the host is not known',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to its network',
  ETIMEDOUT: 'no answer',
};
