// The kinds of values that recipe sections are made of, and the two marks a section can carry: keys
// that are accepted but change nothing here (with the reason), and objects whose
// `type` (NeMo's `_target_`) is looked up in the table of known names. Marks live in registries
// beside the schema, so the schema itself stays plain zod and exports to JSON Schema.
import { z } from 'zod';
import type { TargetKind } from './targets.js';

/** Why a key has no effect here. */
export const ignoredKeys = z.registry<{ readonly because: string }>();

/** Which names a schema's `type` (or, for an enumeration, its value) may be written with. */
export const targetKinds = z.registry<{ readonly kind: TargetKind }>();

/**
 * A key that is accepted so that NeMo recipes run unchanged, reported as a note, and changes
 * nothing.
 */
export function ignored(
  schema: z.ZodType,
  because: string,
): z.ZodOptional<z.ZodNullable<z.ZodType>> {
  const result = z.optional(z.nullable(schema)).describe(`No effect here: ${because}.`);
  ignoredKeys.add(result, { because });
  return result;
}

/** Mark a schema as named by the table of known types. */
export function named<S extends z.ZodType>(kind: TargetKind, schema: S): S {
  targetKinds.add(schema, { kind });
  return schema;
}

/** A whole number of at least 1. */
export const positiveInteger = (): z.ZodNumber => z.int().positive();

/** A whole number of at least 0. */
export const count = (): z.ZodNumber => z.int().nonnegative();

/**
 * A folder or file on this machine, relative to the working directory, or an id on the Hugging Face
 * hub.
 */
export const pathOrId = (): z.ZodString => z.string().min(1);

/**
 * A setting with only one value that works here; others are refused as unsupported, with what to
 * do.
 */
export function only<const T extends boolean | number | string | null>(
  values: readonly T[],
  instead: string,
): z.ZodType<T, T> {
  return z
    .custom<T>((value) => values.some((allowed) => allowed === value), {
      error: (issue) => `${JSON.stringify(issue.input)} is not supported: ${instead}`,
      params: { unsupported: true, accepts: values },
    })
    .meta({ enum: [...values] }) as z.ZodType<T, T>;
}
