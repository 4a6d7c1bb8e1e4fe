// What a launcher says to the processes that it starts, in environment variables.
import type { Ranks } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the first process of a run is; the port may be agreed on in another way. */
export interface MasterAddress {
  readonly host: string;
  readonly port: number | undefined;
}

/** One process of a run. */
export interface LaunchedRank extends Ranks {
  readonly kind: 'rank';
  /** Its place among the processes of its machine, where the launcher says it. */
  readonly local?: Ranks | undefined;
  readonly master?: MasterAddress | undefined;
}

/** The one process of a machine, which has to start the processes there. */
export interface LaunchedNode {
  readonly kind: 'node';
  /** The machines, and this one's place among them. */
  readonly nodes: Ranks;
  /** Processes of each machine; undefined: the launcher leaves it to the user. */
  readonly processes: number | undefined;
  readonly master: MasterAddress;
}

export type Launched = LaunchedRank | LaunchedNode;

/** Recognises the processes of one launcher. */
export interface Launcher {
  readonly name: string;
  /** Undefined: it did not start this process. Errors: `bad-argument` naming a variable. */
  recognize(environment: Environment): Launched | undefined;
  /**
   * Asked only where no launcher has started this process: what is missing beside its variables
   * that are set. Absent, or undefined: none of them is set, or they are somebody else's too.
   */
  missing?(environment: Environment): HalfSet | undefined;
}

/** A variable that is set, and one that it needs. */
export interface HalfSet {
  readonly isSet: string;
  readonly isMissing: string;
}

/** `size`, of 1 means that nothing is missing; `signs` are set by nobody else. */
export function halfSet(
  environment: Environment,
  size: string,
  signs: readonly string[],
  needed: readonly string[],
): HalfSet | undefined {
  const has = (name: string): boolean => (environment[name]?.trim() ?? '') !== '';
  const isSet = signs.find(has);
  const isMissing = needed.find((name) => !has(name));
  if (isSet === undefined || isMissing === undefined || environment[size]?.trim() === '1')
    return undefined;
  return { isSet, isMissing };
}

/** Undefined where it is not set. Errors: `bad-argument` for what is no whole number. */
export function numberIn(environment: Environment, name: string): number | undefined {
  const text = environment[name]?.trim() ?? '';
  if (text === '') return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new AutomodelError(
    'bad-argument',
    `${name} is ${JSON.stringify(text)}, not a whole number`,
  );
}

/** The rank and the number of processes from two variables; undefined unless both are set. */
export function ranksIn(environment: Environment, rank: string, size: string): Ranks | undefined {
  const [at, of] = [numberIn(environment, rank), numberIn(environment, size)];
  if (at === undefined || of === undefined) return undefined;
  if (at < of) return { size: of, rank: at };
  throw new AutomodelError('bad-argument', `${rank} is ${at} and ${size} is ${of}`, {
    hint: 'ranks count from 0, so each is below their number',
  });
}

/** MASTER_ADDR and MASTER_PORT, which users set for launchers that set neither. */
export function masterIn(environment: Environment, prefix = ''): MasterAddress | undefined {
  const host = environment[`${prefix}MASTER_ADDR`]?.trim() ?? '';
  if (host === '') return undefined;
  return { host, port: numberIn(environment, `${prefix}MASTER_PORT`) };
}
