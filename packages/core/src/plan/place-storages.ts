// Which storages become one: results are written straight into the memory of the state or output
// that receives them, and results overwrite operands that nobody reads any more. What cannot be
// placed like that is copied at the end of the plan.
import { bytesOf } from '../tensor/dtype.js';
import { sizeOf } from '../tensor/shape.js';
import { Contents } from './storage-contents.js';
import { copyStep } from './copy-step.js';
import {
  newStorage,
  resolveStorage,
  type Draft,
  type DraftRef,
  type DraftResult,
  type Storage,
} from './draft-plan.js';
import { isRowMajor, wholeView } from './view.js';

/**
 * Adds the final copies to `draft.steps`, merges storages, and returns the value that each assigned
 * input and output holds at the end.
 */
export function placeStorages(draft: Draft): ReadonlyMap<Storage, number> {
  const copied = claimResults(draft);
  const finals = new Map(
    [...draft.assigns, ...draft.outputs].map(({ target, source }) => [target, source.value]),
  );
  for (const [target, value] of appendCopies(draft, copied)) finals.set(target, value);
  const contents = new Contents(draft.steps, draft.inputs);
  for (const { source, target } of [...draft.assigns, ...draft.outputs])
    if (isWhole(source) && resolveStorage(source.storage) === resolveStorage(target))
      contents.keep(source);
  overwriteOperands(draft, contents);
  return finals;
}

/** True when `ref` is all of its storage, row-major. */
function isWhole(ref: DraftRef): boolean {
  return (
    ref.offset === 0 &&
    isRowMajor(ref.shape, ref.strides) &&
    sizeOf(ref.shape) * bytesOf(ref.dtype) === ref.storage.bytes
  );
}

/** An assign of a state to itself. */
const isInPlace = ({ source, target }: DraftResult): boolean =>
  source.storage === target && isWhole(source);

/** Lets assigned values and outputs be written in place. Returns the results that need a copy. */
function claimResults(draft: Draft): DraftResult[] {
  const contents = new Contents(draft.steps, draft.inputs);
  for (const { source } of [...draft.assigns, ...draft.outputs]) contents.keep(source);
  const copied: DraftResult[] = [];
  const claimed = new Set<Storage>();
  for (const result of [...draft.assigns, ...draft.outputs]) {
    const { source, target } = result;
    if (isInPlace(result)) continue;
    const free =
      source.storage.kind === 'transient' && isWhole(source) && !claimed.has(source.storage);
    if (free && contents.merge(source.storage, target)) claimed.add(source.storage);
    else copied.push(result);
  }
  return copied;
}

/**
 * Copies at the end; returns the value of each copy. A value in a state that another assign
 * overwrites is saved first, so the order of assigns does not matter.
 */
function appendCopies(
  draft: Draft,
  copied: readonly DraftResult[],
): (readonly [Storage, number])[] {
  const place = { phase: 'forward', scope: '' } as const;
  const overwritten = new Set(draft.assigns.filter((a) => !isInPlace(a)).map((a) => a.target));
  const sources = copied.map(({ source }) => {
    if (!overwritten.has(source.storage)) return source;
    const safe: DraftRef = {
      storage: newStorage('transient', sizeOf(source.shape) * bytesOf(source.dtype)),
      value: draft.nextValue(),
      dtype: source.dtype,
      ...wholeView(source.shape),
    };
    draft.steps.push(copyStep(source, safe, place));
    return safe;
  });
  return copied.map(({ target }, i) => {
    const from = sources[i]!;
    const value = draft.nextValue();
    draft.steps.push(
      copyStep(
        from,
        { storage: target, value, dtype: from.dtype, ...wholeView(from.shape) },
        place,
      ),
    );
    return [target, value];
  });
}

/**
 * In program order, each result takes over the memory of an operand that it is declared to
 * overwrite and that is read for the last time.
 */
function overwriteOperands(draft: Draft, contents: Contents): void {
  const assigned = new Set(draft.assigns.map((a) => a.target));
  const mayHold = (storage: Storage): boolean =>
    storage.kind === 'transient' || storage.kind === 'output' || assigned.has(storage);
  for (const step of draft.steps) {
    for (const [output, input] of step.overwrites) {
      const [operand, result] = [step.inputs[input], step.outputs[output]];
      if (operand === undefined || operand === null || result === undefined || result === null)
        continue;
      const [from, to] = [resolveStorage(operand.storage), resolveStorage(result.storage)];
      if (from === to || !mayHold(from) || !mayHold(to)) continue;
      if (from.kind === 'transient') contents.merge(from, to);
      else if (to.kind === 'transient') contents.merge(to, from);
    }
  }
}
