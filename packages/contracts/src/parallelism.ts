// Parallelism consists of a mesh of processes, a placement of the parameters on each of them,
// passes over every program, and communication between the hosts. It knows no model and no backend;
// a single process is its simplest case.
import type { PassSlots } from '@automodel/core';
import type { Interceptor } from './interceptor.js';
import type { Mesh, Ranks } from './mesh.js';

/**
 * Communication between the processes of a run, outside of programs: every process makes the same
 * calls in the same order. Errors of all calls: that of `lost`.
 */
export interface HostGroup extends Ranks {
  /** The processes on this machine, and this one's place among them. */
  readonly local: Ranks;
  /**
   * Aborted when a process has ended or does not answer; the reason, an AutomodelError, says which.
   * The run cannot go on.
   */
  readonly lost: AbortSignal;
  /** The texts of all processes, in the order of ranks. */
  exchange(text: string): Promise<readonly string[]>;
  /** Sums over all processes, element by element, in the order of ranks. */
  sum(values: readonly number[]): Promise<readonly number[]>;
  /** Resolves when every process has called it. */
  barrier(): Promise<void>;
  /**
   * The same processes under a name, for work that goes on beside others: its calls have an order
   * of their own.
   */
  channel(name: string): HostGroup;
}

/** How the processes of a run share its work. */
export interface Parallelism extends AsyncDisposable {
  readonly mesh: Mesh;
  /** Places parameters and makes them whole where the model reads them. Absent: all are whole. */
  readonly interceptor?: Interceptor | undefined;
  /** Passes that every program goes through. */
  readonly passes: PassSlots;
  /**
   * Passes of the micro-batch that completes the gradients of a step, in place of `passes`. Absent:
   * it is a micro-batch like any other.
   */
  readonly completingPasses?: PassSlots | undefined;
  readonly host: HostGroup;
}

/** What a strategy is made in. */
export interface ParallelismContext {
  /** The processes of the run. */
  readonly host: HostGroup;
}

/** A parallelism strategy. */
export interface ParallelismPlugin {
  readonly kind: 'parallelism';
  readonly apiVersion: 1;
  /** The `strategy` of a recipe's section `distributed`. */
  readonly name: string;
  /** `options` is that section. Errors name the key. */
  create(
    options: Readonly<Record<string, unknown>>,
    context: ParallelismContext,
  ): Promise<Parallelism>;
}
