// From what a launcher or a supervisor says to a group of processes that know each other.
import type { Ranks } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { DEFAULT_PORT } from '../launchers/default-port.js';
import type { Environment, MasterAddress } from '../launchers/launcher.js';
import { recognizeLauncher } from '../launchers/recognize-launcher.js';
import { isLoopback } from '../rendezvous/door.js';
import type { Address, SecretSource } from '../rendezvous/shared-secret.js';
import type { SupervisorLink } from '../supervisor/supervisor-link.js';
import { meet } from './meet.js';
import type { JoinedGroup } from './process-group.js';
import { secretSource } from './secret-source.js';

export interface JoinOptions {
  readonly environment: Environment;
  /** Of a supervised process, see `supervisorOf`. */
  readonly supervisor?: SupervisorLink | undefined;
  /** A folder that all processes see, where the secret lies if nobody has given one. */
  readonly folder?: string | undefined;
  /** After how long a process that does not come or does not answer ends the run. Default: 10. */
  readonly timeoutMinutes?: number | undefined;
  /** As a recipe's `dist_env.init_method`: `env://` or `tcp://HOST:PORT`. Default: `env://`. */
  readonly initMethod?: string | undefined;
  /**
   * The process is killed if it is still there so many seconds after another one was lost, which
   * its main thread may not notice while it is busy. Absent: it is not.
   */
  readonly killAfterSeconds?: number | undefined;
  /** Called with what a user may want to know. */
  readonly onNote?: ((text: string) => void) | undefined;
}

/** Where a process stands, and where the first one is. */
interface Place extends Ranks {
  readonly local: Ranks | undefined;
  readonly master: MasterAddress | undefined;
  readonly launcher: string;
}

const DEFAULT_MINUTES = 10;

/**
 * The processes of the run; undefined for one that is alone. Errors: `bad-argument` or `conflict`
 * for variables that make no sense, `network` naming the process that is missing, there twice or
 * cannot be reached; all processes that have met get the same.
 */
export async function joinRanks(options: JoinOptions): Promise<JoinedGroup | undefined> {
  const { supervisor, environment, folder, initMethod } = options;
  const place = placeOf(environment, supervisor);
  if (place === undefined || place.size === 1) return undefined;
  const known = supervisor?.place.secret;
  const secret: SecretSource =
    known === undefined ? secretSource(environment, folder) : { kind: 'known', secret: known };
  const address = (await addressOf(initMethod, place, supervisor)) ?? byFile(secret, place);
  if (secret.kind === 'none' && address !== undefined && !isLoopback(address.host))
    throw withoutSecret(address);
  const { timeoutMinutes = DEFAULT_MINUTES, killAfterSeconds, onNote = () => undefined } = options;
  return meet({
    ...{ rank: place.rank, size: place.size, local: place.local, secret, address, onNote },
    timeout: timeoutMinutes * 60_000,
    parent: supervisor?.place.supervisor,
    killAfter: killAfterSeconds === undefined ? undefined : killAfterSeconds * 1000,
    onListening: (port) => supervisor?.listening(port),
  });
}

function placeOf(environment: Environment, supervisor?: SupervisorLink): Place | undefined {
  if (supervisor !== undefined) {
    const { rank, size, local, address } = supervisor.place;
    return { rank, size, local, master: address, launcher: 'the supervisor' };
  }
  const found = recognizeLauncher(environment);
  if (found === undefined) return undefined;
  const { launcher, master } = found;
  if (found.kind === 'rank')
    return { rank: found.rank, size: found.size, local: found.local, master, launcher };
  if ((found.processes ?? 1) > 1)
    throw new AutomodelError(
      'unsupported',
      `${launcher} starts one process for ${found.processes} on this machine`,
      { hint: 'start it with automodel, which starts the others' },
    );
  return { ...found.nodes, local: { size: 1, rank: 0 }, master, launcher };
}

/** Undefined where nobody says it. */
async function addressOf(
  initMethod: string | undefined,
  { rank, master }: Place,
  supervisor: SupervisorLink | undefined,
): Promise<Address | undefined> {
  if (initMethod !== undefined && initMethod !== 'env://') return addressIn(initMethod);
  if (master !== undefined) return { host: master.host, port: master.port ?? DEFAULT_PORT };
  if (supervisor === undefined) return undefined;
  return { host: '127.0.0.1', port: rank === 0 ? 0 : await supervisor.port() };
}

/** Errors: `bad-recipe` for what names no host and port. */
function addressIn(initMethod: string): Address {
  const [, bracketed, plain, port] = /^tcp:\/\/(?:\[(.+)\]|([^:/]+)):(\d+)$/.exec(initMethod) ?? [];
  const host = bracketed ?? plain;
  if (host !== undefined && Number(port) <= 65_535) return { host, port: Number(port) };
  throw new AutomodelError('bad-recipe', `${JSON.stringify(initMethod)} names no host and port`, {
    location: 'dist_env.init_method',
    hint: 'set it to tcp://HOST:PORT, or to env:// for MASTER_ADDR and MASTER_PORT',
  });
}

/** A file of the secret says it too. Errors: `bad-argument` if there is no file. */
function byFile(secret: SecretSource, place: Place): Address | undefined {
  const { rank, size, local, launcher } = place;
  if (secret.kind !== 'file')
    throw new AutomodelError('bad-argument', `${launcher} does not say where rank 0 is`, {
      hint: 'set MASTER_ADDR and MASTER_PORT, the same for all processes',
    });
  return rank === 0 && local?.size === size ? { host: '127.0.0.1', port: 0 } : undefined;
}

/** For processes of other machines. */
const withoutSecret = ({ host, port }: Address): AutomodelError =>
  new AutomodelError('bad-argument', `processes that meet at ${host}:${port} need a secret`, {
    hint:
      'set AUTOMODEL_RENDEZVOUS_SECRET or AUTOMODEL_RENDEZVOUS_SECRET_FILE to the same for all; ' +
      'without one they meet on one machine only, at 127.0.0.1',
  });
