// What each storage holds over time. A content is one value in one storage, from its first write to
// its last use; two storages may become one when their contents never live at the same step, or
// when they meet at a step whose op declares that it overwrites exactly that operand.
import { isRowMajor } from './view.js';
import { releaseStep } from './release-step.js';
import { resolveStorage, type DraftRef, type DraftStep, type Storage } from './draft-plan.js';

/**
 * One value's time in its storage. Steps are indices; inputs are written at -1, what must outlive
 * the plan is used until Infinity, asynchronous uses last until they are waited for.
 */
export interface Content {
  readonly value: number;
  firstWrite: number;
  lastUse: number;
}

/** Contents of all storages of a list of steps. */
export class Contents {
  readonly #steps: readonly DraftStep[];
  readonly #byStorage = new Map<Storage, Content[]>();

  constructor(steps: readonly DraftStep[], inputs: readonly Storage[]) {
    this.#steps = steps;
    for (const storage of inputs) this.#byStorage.set(storage, []);
    const release = releaseStep(steps, (ref) => resolveStorage(ref.storage));
    steps.forEach((step, index) => {
      for (const ref of step.inputs) if (ref !== null) this.#use(ref, release(index), -1);
      for (const ref of step.outputs) if (ref !== null) this.#use(ref, release(index), index);
    });
  }

  /** In the order in which they are written. */
  #of(storage: Storage): readonly Content[] {
    return this.#byStorage.get(resolveStorage(storage)) ?? [];
  }

  /** The value of `ref` is needed until `step`. */
  keep(ref: DraftRef, step = Infinity): void {
    this.#use(ref, step, -1);
  }

  /**
   * Moves the contents of `from` to `to` when they can live in one memory; false when they cannot.
   */
  merge(from: Storage, to: Storage): boolean {
    const [a, b] = [resolveStorage(from), resolveStorage(to)];
    if (a === b) return true;
    if (a.bytes !== b.bytes) return false;
    const all = [...this.#of(a), ...this.#of(b)].sort((x, y) => x.firstWrite - y.firstWrite);
    if (!all.every((content, i) => i === 0 || this.#follows(all[i - 1]!, content))) return false;
    a.mergedInto = b;
    this.#byStorage.delete(a);
    this.#byStorage.set(b, all);
    return true;
  }

  #use(ref: DraftRef, step: number, write: number): void {
    const storage = resolveStorage(ref.storage);
    let contents = this.#byStorage.get(storage);
    if (contents === undefined) this.#byStorage.set(storage, (contents = []));
    const known = contents.find((c) => c.value === ref.value);
    if (known === undefined) contents.push({ value: ref.value, firstWrite: write, lastUse: step });
    else known.lastUse = Math.max(known.lastUse, step);
  }

  #follows(before: Content, after: Content): boolean {
    if (before.lastUse < after.firstWrite) return true;
    return (
      before.lastUse === after.firstWrite &&
      before.firstWrite < after.firstWrite &&
      this.#overwrites(this.#steps[after.firstWrite]!, before.value, after.value)
    );
  }

  /**
   * True when every operand of `step` that looks at `before` may be overwritten by the result
   * `after`, element by element.
   */
  #overwrites(step: DraftStep, before: number, after: number): boolean {
    const output = step.outputs.findIndex((ref) => ref?.value === after);
    const result = step.outputs[output];
    if (result === undefined || result === null) return false;
    return step.inputs.every(
      (ref, input) =>
        ref === null ||
        ref.value !== before ||
        (sameElements(ref, result) &&
          step.overwrites.some(([o, i]) => o === output && i === input)),
    );
  }
}

const sameElements = (operand: DraftRef, result: DraftRef): boolean =>
  operand.offset === 0 &&
  operand.dtype === result.dtype &&
  operand.shape.join() === result.shape.join() &&
  isRowMajor(operand.shape, operand.strides);
