// One thing wrong with a recipe, and how zod's findings become sentences that name the key, what
// was found and what was meant.
import { z } from 'zod';
import { isMapping } from './is-mapping.js';
import { nearestName } from './nearest-name.js';
import { meantKey } from './other-tools.js';
import { elementSchema, objectShape, shapeOf } from '../schema/schema-shape.js';

/** Where a value stands in a recipe. */
export type Path = readonly (string | number)[];

/**
 * A problem: at a key itself or at its value. `unsupported`: the recipe is right, but the feature
 * is not there.
 */
export interface Issue {
  readonly path: Path;
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly unsupported?: boolean;
}

const VERB = /^(is|does|must|needs|may) /;
const ARTICLES: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a section of keys',
  array: 'a list',
  tuple: 'a list',
  null: 'null',
};

/** A sentence about a key. */
export function sentence(path: Path, message: string): string {
  if (path.length === 0) return message;
  return `${path.join('.')}${VERB.test(message) ? '' : ':'} ${message}`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isMapping(value)) return 'a section of keys';
  return typeof value === 'string'
    ? `the text ${JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)}`
    : String(value);
}

const at = (data: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null
        ? (value as Record<string, unknown>)[key]
        : undefined,
    data,
  );

function schemaAt(root: z.ZodType, path: Path): z.ZodType | undefined {
  return path.reduce<z.ZodType | undefined>((schema, key) => {
    if (schema === undefined) return undefined;
    return typeof key === 'number'
      ? elementSchema(shapeOf(schema).schema, key)
      : (objectShape(schema)?.object.shape as Record<string, z.ZodType> | undefined)?.[key];
  }, root);
}

function unknownKey(path: Path, key: string, keys: readonly string[]): Issue {
  const nearest = meantKey(key, path.join('.')) ?? nearestName(key, keys);
  const listed = keys.length <= 12 ? `; known: ${keys.join(', ')}` : '';
  return {
    path: [...path, key],
    at: 'key',
    message: `unknown key${nearest === undefined ? listed : `; did you mean ${nearest}?`}`,
  };
}

function choice(value: unknown, allowed: readonly unknown[]): string {
  const names = allowed.map(String);
  const nearest = typeof value === 'string' ? nearestName(value, names) : undefined;
  return (
    `${shown(value)} is not one of ` +
    `${names.join(', ')}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`
  );
}

/** What a schema takes, in words. */
function expectation(schema: z.ZodType): string {
  const { schema: inner, nullable } = shapeOf(schema);
  return [...wordsOf(inner), ...(nullable ? ['null'] : [])].join(' or ');
}

function wordsOf(schema: z.ZodType): readonly string[] {
  if (schema instanceof z.ZodUnion)
    return schema.options.map((option) => expectation(option as z.ZodType));
  if (schema instanceof z.ZodEnum) return schema.options.map(String);
  if (schema instanceof z.ZodNumber && schema.isInt) return ['a whole number'];
  return [ARTICLES[schema.def.type] ?? schema.def.type];
}

function bound(
  issue: { readonly origin: string; readonly inclusive?: boolean | undefined },
  word: 'below' | 'above',
  limit: number | bigint,
): string {
  if (issue.origin === 'string') return 'must not be empty';
  const amount = issue.origin === 'array' ? ' entries' : '';
  if (issue.inclusive === false) return `must be ${word} ${limit}${amount}`;
  return `must be at ${word === 'above' ? 'least' : 'most'} ${limit}${amount}`;
}

/**
 * Problems of a zod error as sentences about keys. `prefix` is where the checked value stands in
 * the recipe.
 */
export function issuesOf(
  error: z.ZodError,
  root: z.ZodType,
  data: unknown,
  prefix: Path = [],
): Issue[] {
  return error.issues.flatMap((issue) => issueOf(issue, root, data, prefix));
}

function issueOf(issue: z.core.$ZodIssue, root: z.ZodType, data: unknown, prefix: Path): Issue[] {
  const inside = issue.path.filter((key): key is string | number => typeof key !== 'symbol');
  const path = [...prefix, ...inside];
  const value = at(data, inside);
  const one = (message: string): Issue[] => [{ path, at: 'value', message }];
  const schema = schemaAt(root, inside);
  const takes = schema === undefined ? undefined : expectation(schema);
  if (issue.code === 'custom') {
    const missing = issue.params?.['missing'] === true;
    return [
      {
        path,
        at: missing ? 'key' : 'value',
        message: issue.message,
        unsupported: issue.params?.['unsupported'] === true,
      },
    ];
  }
  if (issue.code === 'unrecognized_keys') {
    const keys = schema === undefined ? [] : Object.keys(objectShape(schema)?.object.shape ?? {});
    return issue.keys.map((key) => unknownKey(path, key, keys));
  }
  if (
    value === undefined &&
    (issue.code === 'invalid_type' ||
      issue.code === 'invalid_value' ||
      issue.code === 'invalid_union')
  )
    return [{ path, at: 'key', message: 'is missing' }];
  switch (issue.code) {
    case 'invalid_type':
      return one(
        `expected ${takes ?? ARTICLES[issue.expected] ?? issue.expected}, got ${shown(value)}`,
      );
    case 'invalid_value':
      return one(choice(value, issue.values));
    case 'too_small':
      return one(bound(issue, 'above', issue.minimum));
    case 'too_big':
      return one(bound(issue, 'below', issue.maximum));
    case 'invalid_union': {
      const deepest = issue.errors.find((errors) =>
        errors.some((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'),
      );
      if (deepest !== undefined && isMapping(value))
        return deepest.flatMap((inner) =>
          issueOf(
            { ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue,
            root,
            data,
            prefix,
          ),
        );
      return one(`expected ${takes ?? 'another value'}, got ${shown(value)}`);
    }
    default:
      return one(issue.message);
  }
}
