// A plan laid out for the native runtime: which base each of its buffers is in, and its steps as
// calls over those bases. Bases in order: arena, constants, bound buffers, groups of ranks.
import {
  AutomodelError,
  collectiveOps,
  encodeHostData,
  numberAttribute,
  type Plan,
  type PlanBuffer,
  type PlanStep,
  type TensorRef,
} from '@automodel/core';
import { BACKEND_NAME } from './backend-name.js';
import { encodeCall } from './kernel-encoding.js';
import { encodingOf } from './kernel-encodings.js';
import { GROUP_WORDS, type NativeStep, type NativeTensor } from './native-program.js';

/** The bases that every program has. */
export const [ARENA, CONSTANTS, FIRST_BOUND] = [0, 1, 2];

/** Ranks that meet in a program. */
export interface RankGroup {
  readonly axis: string;
  readonly ranks: number;
}

interface Constant {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface ProgramLayout {
  readonly constants: readonly Constant[];
  readonly constantBytes: number;
  /** From FIRST_BOUND on. */
  readonly bound: readonly PlanBuffer[];
  /** After the bound buffers, one for each axis. */
  readonly groups: readonly RankGroup[];
  readonly baseBytes: readonly number[];
  readonly steps: readonly NativeStep[];
}

interface Place {
  readonly base: number;
  readonly offset: number;
  readonly bytes: number;
}

/** Errors: `missing-kernel` naming op and scope. */
export function layOut(plan: Plan): ProgramLayout {
  const places = new Map<number, Place>();
  const constants: Constant[] = [];
  const bound: PlanBuffer[] = [];
  let constantBytes = 0;
  for (const buffer of plan.buffers) {
    const { id, kind, bytes } = buffer;
    if (kind === 'transient') places.set(id, { base: ARENA, offset: buffer.offset, bytes });
    else if (kind === 'constant') {
      places.set(id, { base: CONSTANTS, offset: constantBytes, bytes });
      if (buffer.constant !== undefined)
        constants.push({
          offset: constantBytes,
          bytes: encodeHostData(buffer.constant.dtype, buffer.constant.data),
        });
      constantBytes = Math.ceil((constantBytes + bytes) / 64) * 64;
    } else places.set(id, { base: FIRST_BOUND + bound.push(buffer) - 1, offset: 0, bytes });
  }
  const groups = groupsOf(plan);
  const groupBase = (axis: string): number =>
    FIRST_BOUND + bound.length + groups.findIndex((group) => group.axis === axis);
  return {
    constants,
    constantBytes,
    bound,
    groups,
    baseBytes: [
      plan.arenaBytes,
      constantBytes,
      ...bound.map(({ bytes }) => bytes),
      ...groups.map(({ ranks }) => 8 * (GROUP_WORDS + ranks)),
    ],
    steps: plan.steps.map((step) => nativeStep(step, places, groupBase)),
  };
}

/** Errors: `bad-plan` where steps do not agree on the number of ranks. */
function groupsOf({ name, steps }: Plan): readonly RankGroup[] {
  const ranks = new Map<string, number>();
  for (const step of steps) {
    if (!Object.hasOwn(collectiveOps, step.op)) continue;
    const axis = String(step.attrs['axis']);
    const wanted = numberAttribute(step.attrs, 'ranks');
    const known = ranks.get(axis) ?? wanted;
    if (known !== wanted)
      throw new AutomodelError(
        'bad-plan',
        `plan ${name} has collectives over ${known} and over ${wanted} ranks along ${axis}`,
      );
    ranks.set(axis, wanted);
  }
  return [...ranks].map(([axis, count]) => ({ axis, ranks: count }));
}

function nativeStep(
  step: PlanStep,
  places: ReadonlyMap<number, Place>,
  groupBase: (axis: string) => number,
): NativeStep {
  const encoding = encodingOf(step.op);
  if (encoding === undefined)
    throw new AutomodelError(
      'missing-kernel',
      `backend ${BACKEND_NAME} has no kernel for ${step.op}, in ${step.scope}`,
    );
  const tensor = (ref: TensorRef | null): NativeTensor | null => {
    if (ref === null) return null;
    const place = places.get(ref.buffer)!;
    return {
      base: place.base,
      offset: place.offset + ref.offset,
      dtype: ref.dtype,
      shape: ref.shape,
      strides: ref.strides,
    };
  };
  const call = encodeCall(encoding, {
    op: step.op,
    inputs: step.inputs.map(tensor),
    outputs: step.outputs.map(tensor),
    attrs: step.attrs,
    groupBase,
  });
  return {
    ...call,
    workspace: step.workspace === null ? null : places.get(step.workspace)!,
    stream: step.stream === 'comm' ? 'comm' : 'compute',
    after: Math.max(-1, ...step.waits),
  };
}

const SUMS: readonly string[] = ['all_reduce', 'reduce_scatter'];

/** Ids of buffers that other ranks read where they are. */
export const readByOthers = (plan: Plan): ReadonlySet<number> =>
  new Set(
    plan.steps
      .filter(({ op }) => SUMS.includes(op))
      .flatMap(({ inputs }) => inputs.flatMap((ref) => (ref === null ? [] : [ref.buffer]))),
  );
