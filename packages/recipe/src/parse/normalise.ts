// Brings a recipe as written to the form the schema checks, guided by the schema: `_target_`
// becomes `type`, known names become ours, and text that YAML 1.1 or a command line left as text
// becomes the number, truth value or null that the key takes. Keys without effect are collected as
// notes on the way.
import { z } from 'zod';
import { resolveType } from '../aliases/resolve-type.js';
import type { TargetKind } from '../schema/sections/targets.js';
import { ignoredKeys } from '../schema/sections/field-types.js';
import { isMapping } from '../issues/is-mapping.js';
import type { Issue, Path } from '../issues/issue.js';
import { elementSchema, objectShape, shapeOf } from '../schema/schema-shape.js';

/** A key that was accepted and changes nothing, or that means something else than its name says. */
export interface RecipeNote {
  /** Dotted path of the key. */
  readonly key: string;
  readonly because: string;
}

/** What normalising found. */
export interface Findings {
  readonly issues: Issue[];
  readonly notes: RecipeNote[];
}

const NUMBER = /^[-+]?(\d[\d_]*(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;

/** What a text means as a Python literal: null, a truth value, a number, or the text itself. */
function literalOf(text: string): unknown {
  const word = text.trim().toLowerCase();
  if (word === 'none' || word === 'null') return null;
  if (word === 'true' || word === 'false') return word === 'true';
  return NUMBER.test(text.trim()) ? Number(text.trim().replaceAll('_', '')) : text;
}

/** A text as the key takes it: as it is when that is valid, else as the literal it spells. */
function scalar(schema: z.ZodType, nullable: boolean, text: string): unknown {
  const literal = literalOf(text);
  if (nullable && literal === null) return null;
  if (literal === text || schema.safeParse(text).success) return text;
  // the error is then about the number, not about text
  const isNumber = typeof literal === 'number' && schema instanceof z.ZodNumber;
  return isNumber || schema.safeParse(literal).success ? literal : text;
}

function typeName(kind: TargetKind, value: unknown, path: Path, findings: Findings): unknown {
  if (typeof value !== 'string') return value;
  const resolved = resolveType(kind, value);
  if ('name' in resolved) return resolved.name;
  findings.issues.push({
    path,
    at: 'value',
    message: resolved.problem,
    unsupported: resolved.unsupported,
  });
  return undefined;
}

function withType(
  kind: TargetKind,
  value: Record<string, unknown>,
  path: Path,
  findings: Findings,
): Record<string, unknown> {
  const { _target_: target, ...rest } = value;
  if (target === undefined && rest['type'] === undefined) return rest;
  if (target !== undefined && rest['type'] !== undefined)
    findings.issues.push({
      path: [...path, '_target_'],
      at: 'key',
      message: 'type and _target_ are the same setting; give one of them',
    });
  const type = typeName(
    kind,
    target ?? rest['type'],
    [...path, target === undefined ? 'type' : '_target_'],
    findings,
  );
  return { ...rest, type };
}

function mapping(
  schema: z.ZodType,
  value: Record<string, unknown>,
  path: Path,
  findings: Findings,
): unknown {
  const found = objectShape(schema);
  if (found === undefined) return value;
  const typed = found.kind === undefined ? value : withType(found.kind, value, path, findings);
  const shape = found.object.shape as Record<string, z.ZodType>;
  return Object.fromEntries(
    Object.entries(typed).map(([key, entry]) => {
      const child = Object.hasOwn(shape, key) ? shape[key] : undefined;
      return [
        key,
        child === undefined || key === 'type'
          ? entry
          : normalise(child, entry, [...path, key], findings),
      ];
    }),
  );
}

/** Normalise one value against its schema; what is wrong or without effect goes into `findings`. */
export function normalise(
  schema: z.ZodType,
  value: unknown,
  path: Path,
  findings: Findings,
): unknown {
  const because = ignoredKeys.get(schema)?.because;
  if (because !== undefined && value !== undefined)
    findings.notes.push({ key: path.join('.'), because });
  const { schema: inner, nullable, kind } = shapeOf(schema);
  if (kind !== undefined && inner instanceof z.ZodEnum) {
    const nested = isMapping(value) && Object.keys(value).join() === '_target_';
    return typeName(
      kind,
      nested ? value['_target_'] : value,
      nested ? [...path, '_target_'] : path,
      findings,
    );
  }
  if (isMapping(value)) return mapping(schema, value, path, findings);
  if (Array.isArray(value))
    return value.map((entry, i) =>
      normalise(elementSchema(inner, i) ?? z.unknown(), entry, [...path, i], findings),
    );
  if (typeof value !== 'string') return value;
  const named = objectShape(schema);
  if (named?.kind === 'collate') return typeName(named.kind, value, path, findings);
  return scalar(inner, nullable, value);
}
