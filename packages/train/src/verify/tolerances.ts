// How far a correct implementation may be from a reference. A folder whose weights amplify rounding
// widens these in tolerance.json beside config.json, with the reason.
import { readJsonFile } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import { join } from 'node:path';
import type { Precision } from '@automodel/session';

/**
 * All relative: `logits` to the largest logit, `loss`, `nll` and `curve` to the value, `grad` to
 * its own largest entry + 1e-2 x the largest entry of all gradients.
 */
export interface Tolerances {
  readonly logits: number;
  readonly loss: number;
  readonly grad: number;
  readonly curve: number;
  readonly nll: number;
}

/**
 * f32 arithmetic in another order: sums of a few thousand terms differ by about 1e-6; Adam's
 * division amplifies that over ten steps.
 */
const F32: Tolerances = { logits: 1e-5, loss: 1e-6, grad: 1e-4, curve: 1e-4, nll: 1e-5 };

/** Products with 8 bits of mantissa: only losses can be compared with an f32 reference. */
const LOSS_ONLY: Record<Exclude<Precision, 'f32'>, number> = { bf16: 0.02, bf16_pure: 0.04 };

const KEYS = Object.keys(F32) as (keyof Tolerances)[];

/**
 * Weight of the largest entry of all gradients in a gradient's scale: tensors whose own entries
 * nearly cancel are held to the noise of the others.
 */
export const GRADIENT_FLOOR = 1e-2;

/**
 * The tolerances of a folder at a precision; tolerance.json can only widen them. Errors: `bad-file`
 * for an unknown key or a value that is not a number.
 */
export async function tolerancesFor(folder: string, precision: Precision): Promise<Tolerances> {
  const file = await readJsonFile(join(folder, 'tolerance.json'));
  const own = new Map<string, number>();
  for (const [key, value] of Object.entries(file?.value ?? {})) {
    if (key === 'why') continue;
    if (!KEYS.some((k) => k === key) || typeof value !== 'number' || !(value >= 0))
      throw new AutomodelError(
        'bad-file',
        `${key}: expected one of ${KEYS.join(', ')} with a number`,
        { location: file!.path },
      );
    own.set(key, value);
  }
  const base =
    precision === 'f32'
      ? F32
      : {
          ...F32,
          loss: LOSS_ONLY[precision],
          curve: LOSS_ONLY[precision],
          nll: LOSS_ONLY[precision],
        };
  return Object.fromEntries(
    KEYS.map((key) => [key, Math.max(base[key], own.get(key) ?? 0)]),
  ) as unknown as Tolerances;
}
