// Looks into zod schemas: through optional, nullable, default and transform wrappers to the object,
// list or scalar below. Only what recipe sections use is known here.
import { z } from 'zod';
import { targetKinds } from './sections/field-types.js';
import type { TargetKind } from './sections/targets.js';

/**
 * A schema without its wrappers, and what they said: whether null is allowed and which table names
 * its type.
 */
export interface SchemaShape {
  readonly schema: z.ZodType;
  readonly nullable: boolean;
  readonly kind: TargetKind | undefined;
}

/** Unwrap a schema. */
export function shapeOf(schema: z.ZodType): SchemaShape {
  let current: unknown = schema;
  let nullable = false;
  let kind: TargetKind | undefined;
  for (;;) {
    kind ??= targetKinds.get(current as z.ZodType)?.kind;
    if (current instanceof z.ZodNullable) nullable = true;
    if (
      current instanceof z.ZodOptional ||
      current instanceof z.ZodNullable ||
      current instanceof z.ZodDefault ||
      current instanceof z.ZodPrefault
    )
      current = current.unwrap();
    else if (current instanceof z.ZodPipe) current = current.in;
    else return { schema: current as z.ZodType, nullable, kind };
  }
}

/**
 * The object among a schema's alternatives: itself, or the first object of a union. Undefined when
 * it has none.
 */
export function objectShape(
  schema: z.ZodType,
): { readonly object: z.ZodObject; readonly kind: TargetKind | undefined } | undefined {
  const { schema: inner, kind } = shapeOf(schema);
  if (inner instanceof z.ZodObject) return { object: inner, kind };
  if (!(inner instanceof z.ZodUnion)) return undefined;
  for (const option of inner.options) {
    const found = objectShape(option as z.ZodType);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The schema of a list's element at an index; undefined when the schema is not a list. */
export function elementSchema(schema: z.ZodType, index: number): z.ZodType | undefined {
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  if (schema instanceof z.ZodTuple) return schema.def.items[index] as z.ZodType | undefined;
  return undefined;
}
