// Where processes of one machine meet whose launcher names no address: at a port that follows from
// the name of the job.
import { createHash } from 'node:crypto';
import type { Ranks } from '@automodel/contracts';
import type { MasterAddress } from './launcher.js';

const FIRST_PORT = 20_000;
const PORTS = 10_000;

/** Below the ports that systems give to connections. */
export const portOf = (job: string): number =>
  FIRST_PORT + (createHash('sha256').update(job).digest().readUInt32LE(0) % PORTS);

/** Undefined unless all processes are on this machine and the launcher names the job. */
export const localMaster = (
  { size }: Ranks,
  local: Ranks | undefined,
  job: string | undefined,
): MasterAddress | undefined =>
  local?.size === size && job !== undefined ? { host: '127.0.0.1', port: portOf(job) } : undefined;
