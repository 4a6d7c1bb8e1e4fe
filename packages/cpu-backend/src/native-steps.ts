// The steps of a plan as native calls: where their tensors are, and for collectives the group of
// ranks that they work over.
import {
  AutomodelError,
  numberAttribute,
  type Plan,
  type PlanStep,
  type TensorRef,
} from '@automodel/core';
import { BACKEND_NAME } from './backend-name.js';
import { COLLECTIVE_ENCODINGS } from './encodings/collective.js';
import { encodeCall } from './kernel-encoding.js';
import { encodingOf } from './kernel-encodings.js';
import type { NativeStep, NativeTensor } from './native-program.js';
import { groupWords, type ConnectedRanks, type RankGroup } from './shared/connected-ranks.js';

/** Of each buffer of a plan by its id. */
export type Places = ReadonlyMap<
  number,
  { readonly base: number; readonly offset: number; readonly bytes: number }
>;

/** The axes that collectives of a plan work over, and how many ranks are along them. */
export const collectiveAxes = ({ steps }: Plan): ReadonlyMap<string, number> =>
  new Map(
    steps
      .filter(({ op }) => Object.hasOwn(COLLECTIVE_ENCODINGS, op))
      .map(({ attrs }) => [String(attrs['axis']), numberAttribute(attrs, 'ranks')]),
  );

/** Errors: `unsupported` for several ranks in a process that is not connected. */
export function groupFor(ranks: ConnectedRanks | undefined, axis: string, size: number): RankGroup {
  if (ranks !== undefined) return ranks.group(axis, size);
  throw new AutomodelError(
    'unsupported',
    `a collective over ${size} ranks along ${axis}: the backend is not connected with others`,
  );
}

/** The group of a collective as an operand in its base; null for any other op. */
export function groupOperand(
  { op, attrs }: Pick<PlanStep, 'op' | 'attrs'>,
  base: number,
): NativeTensor | null {
  if (!Object.hasOwn(COLLECTIVE_ENCODINGS, op)) return null;
  const words = groupWords(numberAttribute(attrs, 'ranks'));
  return { base, offset: 0, dtype: 'i64', shape: [words], strides: [1] };
}

/** Errors: `missing-kernel` naming op and scope. */
export function nativeStep(step: PlanStep, places: Places, group: NativeTensor | null): NativeStep {
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
    group,
  });
  return { ...call, workspace: step.workspace === null ? null : places.get(step.workspace)! };
}
