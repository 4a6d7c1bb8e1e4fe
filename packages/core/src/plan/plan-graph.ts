// The planner: a graph and a backend's kernel table in, a plan out. Lowering decides views and
// copies, placement decides what is written in place, liveness over the ordered steps decides who
// may share bytes, and packing gives everything an address.
import { AutomodelError } from '../error.js';
import type { Graph } from '../graph/graph.js';
import { bytesOf } from '../tensor/dtype.js';
import { packArena, type Lifetime } from './pack-arena.js';
import { COPY } from './copy-step.js';
import { resolveStorage, type Draft, type DraftRef, type Storage } from './draft-plan.js';
import { hasKernel, type KernelTable } from './kernel-table.js';
import { lowerGraph } from './lower-graph.js';
import { placeStorages } from './place-storages.js';
import type { Plan, PlanBuffer, PlanStep, TensorRef } from './plan.js';
import { addWaits } from './add-waits.js';
import { releaseStep } from './release-step.js';

/** What a plan is made for. */
export interface PlanTarget {
  /** Name of the backend, for errors and for the plan. */
  readonly backend: string;
  readonly kernels: KernelTable;
}

/**
 * Lays out `graph` for a backend. Inputs that no step touches are left out of the plan. Errors:
 * `missing-kernel` for an op without kernel (run the decompose pass first).
 */
export function planGraph(graph: Graph, target: PlanTarget): Plan {
  const draft = lowerGraph(graph, target.kernels, target.backend);
  const finals = placeStorages(draft);
  requireCopy(draft, target);
  const { buffers, ids, workspaces, arenaBytes } = layOutBuffers(draft, finals);
  const steps = draft.steps.map((step, index): PlanStep => {
    const ref = (r: DraftRef | null): TensorRef | null => (r === null ? null : toTensorRef(r, ids));
    const { op, attrs, phase, scope, stream, flops, bytes } = step;
    return {
      op,
      inputs: step.inputs.map(ref),
      outputs: step.outputs.map(ref),
      attrs,
      workspace: workspaces.get(index) ?? null,
      phase,
      scope,
      stream,
      waits: [],
      flops,
      bytes,
    };
  });
  const flops = steps.reduce((sum, s) => sum + s.flops, 0);
  const bytes = steps.reduce((sum, s) => sum + s.bytes, 0);
  return addWaits({
    name: graph.name,
    backend: target.backend,
    arenaBytes,
    buffers,
    steps,
    flops,
    bytes,
  });
}

function requireCopy(draft: Draft, target: PlanTarget): void {
  const step = draft.steps.find((s) => s.op === COPY);
  if (step !== undefined && !hasKernel(target, { name: COPY }))
    throw new AutomodelError(
      'missing-kernel',
      `backend ${target.backend} has no kernel named ` +
        `${COPY}${step.scope === '' ? '' : `, needed in ${step.scope}`}`,
      { hint: 'every backend needs one: it copies between strided views' },
    );
}

function toTensorRef(ref: DraftRef, ids: ReadonlyMap<Storage, number>): TensorRef {
  const { dtype, shape, strides, value } = ref;
  return {
    value,
    buffer: ids.get(resolveStorage(ref.storage))!,
    offset: ref.offset * bytesOf(dtype),
    dtype,
    shape,
    strides,
  };
}

interface Layout {
  readonly buffers: readonly PlanBuffer[];
  readonly ids: ReadonlyMap<Storage, number>;
  /** Step index -> buffer id. */
  readonly workspaces: ReadonlyMap<number, number>;
  readonly arenaBytes: number;
}

/**
 * Bound buffers first (inputs in the order of the graph, then outputs), then constants and
 * transient buffers in the order of their first use.
 */
function layOutBuffers(draft: Draft, finals: ReadonlyMap<Storage, number>): Layout {
  const lifetimes = lifetimesOf(draft);
  const bound = [...draft.inputs, ...draft.outputs.map((o) => o.target)].filter((s) =>
    lifetimes.has(s),
  );
  const rest = [...lifetimes.keys()].filter((s) => s.kind === 'constant' || s.kind === 'transient');
  const buffers: PlanBuffer[] = [];
  const ids = new Map<Storage, number>();
  const workspaces = new Map<number, number>();
  const end = Math.max(0, draft.steps.length - 1);
  const release = releaseStep(draft.steps, (ref) => resolveStorage(ref.storage));
  for (const storage of [...bound, ...rest]) {
    const live = storage.kind === 'transient' ? lifetimes.get(storage)! : ([0, end] as const);
    const result = finals.get(storage);
    ids.set(storage, buffers.length);
    buffers.push({
      ...{
        id: buffers.length,
        kind: storage.kind,
        bytes: storage.bytes,
        name: storage.name,
        offset: 0,
        live,
      },
      ...(result === undefined ? {} : { result }),
      ...(storage.constant === undefined ? {} : { constant: storage.constant }),
    });
  }
  draft.steps.forEach((step, index) => {
    if (step.workspaceBytes === 0) return;
    workspaces.set(index, buffers.length);
    buffers.push({
      id: buffers.length,
      kind: 'transient',
      bytes: step.workspaceBytes,
      name: '',
      offset: 0,
      live: [index, release(index)],
    });
  });
  const transient = buffers.filter((b) => b.kind === 'transient');
  const packing = packArena(
    transient.map((b): Lifetime => ({ bytes: b.bytes, first: b.live[0], last: b.live[1] })),
  );
  const offsets = new Map(transient.map((b, i) => [b.id, packing.offsets[i]!]));
  return {
    buffers: buffers.map((b) => ({ ...b, offset: offsets.get(b.id) ?? 0 })),
    ids,
    workspaces,
    arenaBytes: packing.bytes,
  };
}

/**
 * For each storage the first step that touches it and the last during which it may be in use; an
 * asynchronous use lasts until the compute stream has waited for it.
 */
function lifetimesOf(draft: Draft): ReadonlyMap<Storage, readonly [first: number, last: number]> {
  const release = releaseStep(draft.steps, (ref) => resolveStorage(ref.storage));
  const lifetimes = new Map<Storage, readonly [number, number]>();
  draft.steps.forEach((step, index) => {
    for (const ref of [...step.inputs, ...step.outputs]) {
      if (ref === null) continue;
      const storage = resolveStorage(ref.storage);
      const [first, last] = lifetimes.get(storage) ?? [index, index];
      lifetimes.set(storage, [first, Math.max(last, release(index))]);
    }
  });
  return lifetimes;
}
