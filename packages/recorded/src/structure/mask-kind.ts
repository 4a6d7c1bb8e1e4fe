// What a mask means, found by evaluating it and not by its form: with all tokens real it must be
// causal, windowed or open; and with single keys or the ends of rows masked it must differ by
// exactly those keys. Rows of padding queries and rows without any key may hold anything.
import { AutomodelError, hostTensor, type HostTensor, sizeOf, type Value } from '@automodel/core';
import { MASKED, type Refusal, type ScoreMask } from './attention-scores.js';
import { CannotEvaluate, MaskRows } from './mask-rows.js';
import { maskShape, type KeptRows, type MaskShape } from './mask-shape.js';

export interface MaskKind extends MaskShape {
  /** True when keys that attention_mask marks as padding are masked. */
  readonly padded: boolean;
}

/**
 * Scores of `batch` rows with `length` queries and keys, the rows first among the leading
 * dimensions.
 */
export interface ScoreSpace {
  readonly batch: number;
  readonly length: number;
}

/** Rows up to this length are all looked at; of longer ones the ends and an even spread. */
const ALL_ROWS = 256;
const SPREAD = 32;
/** Rows of long masks that are looked at with tokens masked. */
const TRIAL_ROWS = 12;
/** Values that a mask may be computed through; evaluation goes from one to the next. */
const MAX_VALUES = 500;
/** Elements evaluated at once. */
const TILE = 2 ** 20;

/** What one mask keeps: rows of keys with all tokens real, and whether it masks padding too. */
interface Kept {
  readonly rows: KeptRows;
  readonly padded: boolean;
}

export class MaskKinds {
  readonly #attentionMask: Value | undefined;
  readonly #known = new Map<string, Kept | Refusal>();

  constructor(attentionMask: Value | undefined) {
    this.#attentionMask = attentionMask;
  }

  /** What the masks (and `causal`) keep together. */
  of(masks: readonly ScoreMask[], causal: boolean, space: ScoreSpace): MaskKind | Refusal {
    const kept: Kept[] = [];
    for (const mask of masks) {
      const name = `${mask.value.id} ${mask.meaning} ${mask.lead.join()} ${space.length}`;
      let one = this.#known.get(name);
      if (one === undefined) this.#known.set(name, (one = this.#evaluate(mask, space)));
      if (typeof one === 'string') return one;
      kept.push(one);
    }
    const shape = maskShape(
      kept.map((one) => one.rows),
      causal,
      space.length,
    );
    return typeof shape === 'string' ? shape : { ...shape, padded: kept.some((k) => k.padded) };
  }

  #evaluate(mask: ScoreMask, space: ScoreSpace): Kept | Refusal {
    const reached = inputsOf(mask.value);
    if (typeof reached === 'string') return reached;
    const other = [...reached].find((v) => v !== this.#attentionMask);
    if (other !== undefined) return `the mask reads ${other.input?.name}`;
    try {
      const rows = rowsToLookAt(space.length);
      const open = this.#keptRows(mask, space, rows, () => 1);
      if (typeof open === 'string') return open;
      if (
        ![...open.values()].every((variants) =>
          variants.every((v) => same(v.keys, variants[0]!.keys)),
        )
      )
        return 'the mask differs between heads or rows of the batch though all tokens are real';
      const fixed = new Map([...open].map(([row, variants]) => [row, variants[0]!.keys]));
      if (reached.size === 0) return { rows: fixed, padded: false };
      return this.#withPadding(mask, space, fixed);
    } catch (error) {
      // Its operations may not be defined on the numbers that it is tried with.
      if (error instanceof CannotEvaluate || error instanceof AutomodelError)
        return `the mask cannot be evaluated: ${error.message}`;
      throw error;
    }
  }

  /**
   * Masks single keys (never the first, which is real in every row) and ends of rows, and sees
   * which of two answers fits: keys drop out one by one, or nothing changes.
   */
  #withPadding(
    mask: ScoreMask,
    { batch, length }: ScoreSpace,
    fixed: ReadonlyMap<number, Uint8Array>,
  ): Kept | Refusal {
    const rows = [...fixed.keys()].filter(
      (_, i, all) => length <= ALL_ROWS || i % Math.ceil(all.length / TRIAL_ROWS) === 0,
    );
    const middle = Math.floor(length / 2);
    const trials: ((b: number, k: number) => number)[] = [
      ...[...new Set([1, middle, length - 1])].map(
        (at) => (b: number, k: number) => (k > 0 && k === (at + 7 * b) % length ? 0 : 1),
      ),
      (b, k) => (k < Math.ceil((length * (b + 1)) / (batch + 1)) ? 1 : 0),
      (b, k) => (k < length - (b % length) ? 1 : 0),
    ];
    let [follows, ignores] = [true, true];
    for (const real of trials) {
      const kept = this.#keptRows(mask, { batch, length }, rows, real);
      if (typeof kept === 'string') return kept;
      for (const [row, variants] of kept)
        for (const { keys, b } of variants) {
          for (const each of b === undefined ? Array.from({ length: batch }, (_, i) => i) : [b]) {
            if (real(each, row) === 0) continue;
            const expected = fixed
              .get(row)!
              .map((keep, k) => (keep === 1 && real(each, k) === 1 ? 1 : 0));
            if (!expected.includes(1)) continue;
            follows &&= same(keys, expected);
            ignores &&= same(keys, fixed.get(row)!);
          }
        }
      if (!follows && !ignores)
        return (
          `the mask depends on ${this.#attentionMask?.input?.name} in another way than key by ` +
          'key'
        );
    }
    return { rows: fixed, padded: !ignores };
  }

  /** For each row, the keys that each of the mask's own leading entries keeps. */
  #keptRows(
    mask: ScoreMask,
    space: ScoreSpace,
    rows: readonly number[],
    real: (b: number, k: number) => number,
  ): ReadonlyMap<number, Variant[]> | Refusal {
    const { batch, length } = space;
    const input = this.#attentionMask;
    const feeds = new Map<Value, HostTensor>();
    if (input !== undefined)
      feeds.set(
        input,
        hostTensor(
          input.dtype,
          input.shape,
          Array.from({ length: sizeOf(input.shape) }, (_, i) =>
            real(Math.floor(i / length), i % length),
          ),
        ),
      );
    const own = mask.value.shape.slice(0, -2);
    const count = sizeOf(own);
    const batched =
      own.length === mask.lead.length && own[0] === mask.lead[0] && count % batch === 0;
    const step = Math.max(1, Math.floor(TILE / Math.max(1, count * length)));
    const whole = new Map<Value, HostTensor>();
    const result = new Map<number, Variant[]>();
    for (let from = 0; from < rows.length; from += step) {
      const tile = rows.slice(from, from + step);
      const values = new MaskRows(feeds, tile, whole).of(mask.value);
      const kept = keeps(values, mask);
      if (typeof kept === 'string') return kept;
      const [height, width] = [values.shape.at(-2) ?? 1, values.shape.at(-1) ?? 1];
      tile.forEach((row, r) => {
        result.set(
          row,
          Array.from({ length: count }, (_, m) => {
            const start = (m * height + (height === 1 ? 0 : r)) * width;
            const keys =
              width === 1
                ? new Uint8Array(length).fill(kept[start]!)
                : kept.subarray(start, start + width);
            return { keys, b: batched ? Math.floor((m * batch) / count) : undefined };
          }),
        );
      });
    }
    return result;
  }
}

/** Keys that a row keeps, and the row of the batch it belongs to (undefined: all of them). */
interface Variant {
  readonly keys: Uint8Array;
  readonly b: number | undefined;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.every((v, i) => v === b[i]);

/** 1 where a score is kept, 0 where it is masked. */
function keeps({ data }: HostTensor, { meaning }: ScoreMask): Uint8Array | Refusal {
  const kept = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (meaning === 'added' && value !== 0 && !(value <= MASKED))
      return `what is added to the scores is a bias (${value}) and not only a mask`;
    kept[i] = meaning === 'keeps' ? Number(value !== 0) : Number(value === 0);
  }
  return kept;
}

function inputsOf(value: Value): ReadonlySet<Value> | Refusal {
  const [seen, inputs] = [new Set([value]), new Set<Value>()];
  // A set is walked through what is added to it meanwhile.
  for (const next of seen) {
    if (next.input !== undefined) inputs.add(next);
    for (const v of next.node?.inputs ?? []) if (v !== undefined) seen.add(v);
    if (seen.size > MAX_VALUES) return `the mask is made of more than ${MAX_VALUES} values`;
  }
  return inputs;
}

function rowsToLookAt(length: number): number[] {
  if (length <= ALL_ROWS) return Array.from({ length }, (_, row) => row);
  const spread = Array.from({ length: SPREAD }, (_, i) =>
    Math.floor(((i + 0.5) * length) / SPREAD),
  );
  const ends = Array.from({ length: SPREAD }, (_, i) => [i, length - 1 - i]).flat();
  return [...new Set([...ends, ...spread])].sort((a, b) => a - b);
}
