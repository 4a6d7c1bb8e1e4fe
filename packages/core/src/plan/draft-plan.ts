// The plan while it is being made: steps over storages that have no addresses yet. A storage is
// memory that lives as one; what it holds changes as steps write to it, and each such content is
// named by the graph value it stands for, so that liveness, in-place decisions and the verifier
// talk about the same thing.
import type { Attributes, Phase, Stream } from '../graph/graph.js';
import type { DType } from '../tensor/dtype.js';
import type { HostData } from '../tensor/host-tensor.js';
import type { View } from './view.js';
import type { BufferKind } from './plan.js';

/** Memory that lives as one. `mergedInto` is set when another storage took over its contents. */
export interface Storage {
  kind: BufferKind;
  name: string;
  readonly bytes: number;
  readonly constant?: { readonly dtype: DType; readonly data: HostData };
  mergedInto: Storage | undefined;
}

/** A view of the content `value` of a storage. */
export interface DraftRef extends View {
  readonly storage: Storage;
  readonly value: number;
  readonly dtype: DType;
}

export interface DraftStep {
  readonly op: string;
  readonly inputs: readonly (DraftRef | null)[];
  readonly outputs: readonly (DraftRef | null)[];
  readonly attrs: Attributes;
  readonly overwrites: readonly (readonly [output: number, input: number])[];
  readonly workspaceBytes: number;
  readonly phase: Phase;
  readonly scope: string;
  readonly stream: Stream;
  readonly flops: number;
  readonly bytes: number;
}

/** A value that must be in a bound buffer when the plan ends. */
export interface DraftResult {
  /** The state or parameter that is assigned; for an output the buffer still to be chosen. */
  readonly target: Storage;
  readonly source: DraftRef;
}

export interface Draft {
  readonly steps: DraftStep[];
  /** Inputs of the graph, in order. */
  readonly inputs: readonly Storage[];
  readonly assigns: readonly DraftResult[];
  readonly outputs: readonly DraftResult[];
  /** A value id that no content has yet. */
  nextValue(): number;
}

/** The storage that now holds what was given to `storage`. */
export function resolveStorage(storage: Storage): Storage {
  let at = storage;
  while (at.mergedInto !== undefined) at = at.mergedInto;
  return at;
}

/** Memory of one run or of the program itself. */
export const newStorage = (kind: BufferKind, bytes: number, name = ''): Storage => ({
  kind,
  bytes,
  name,
  mergedInto: undefined,
});
