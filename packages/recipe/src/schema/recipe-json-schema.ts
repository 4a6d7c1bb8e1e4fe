// The recipe's schema for editors: completion, documentation and checking of YAML files while they
// are written. It accepts what `parseRecipe` accepts: NeMo's `_target_` in place of `type`, and
// references to the environment and to other keys (${...}) where a number or a truth value stands.
// The package carries it as recipe.schema.json.
import { z } from 'zod';
import { TARGETS } from './sections/targets.js';
import { targetKinds } from './sections/field-types.js';
import { NAMED_VALIDATION_PREFIX, recipeSchema } from './recipe-schema.js';

type Node = Record<string, unknown>;

const REFERENCE = '\\$';
const NONE = '^([Nn]one|[Nn]ull)$';
const SCALARS = new Set(['number', 'integer', 'boolean']);

/**
 * Adds to the values of a node. Wrappers of a schema share its node, so it may be visited several
 * times.
 */
function extend(node: Node, values: readonly string[]): void {
  node['enum'] = [...new Set([...(node['enum'] as readonly unknown[]), ...values])];
}

/** A key that takes a number or a truth value also takes a reference that becomes one. */
function withReference(node: Node): void {
  if (typeof node['type'] === 'string' && SCALARS.has(node['type']))
    Object.assign(node, { type: [node['type'], 'string'], pattern: REFERENCE });
}

/** Where null may stand, so may Python's word for it. */
function withNone(node: Node): void {
  if (Array.isArray(node['enum']) && node['enum'].includes(null)) extend(node, ['none', 'None']);
  if (!Array.isArray(node['anyOf'])) return;
  node['anyOf'] = (node['anyOf'] as readonly Node[]).map((each) =>
    each['type'] === 'null' ? { type: ['null', 'string'], pattern: NONE } : each,
  );
}

/** What NeMo writes with a Python name: a value, or the `type` of a section as `_target_`. */
function withTarget(node: Node, schema: z.ZodType): void {
  const kind = targetKinds.get(schema)?.kind;
  if (kind === undefined) return;
  const names = Object.values(TARGETS[kind].known).flat();
  if (Array.isArray(node['enum'])) extend(node, names);
  if (typeof node['properties'] !== 'object' || node['properties'] === null) return;
  node['properties'] = {
    ...node['properties'],
    _target_: {
      type: 'string',
      description: "NeMo's name for `type`.",
      ...(names.length === 0 ? {} : { examples: names }),
    },
  };
}

/** JSON Schema (draft 2020-12) of a recipe as written. */
export function recipeJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(recipeSchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      withTarget(jsonSchema as Node, zodSchema as unknown as z.ZodType);
      withReference(jsonSchema as Node);
      withNone(jsonSchema as Node);
    },
  }) as Node & { properties: Node };
  return {
    ...schema,
    title: 'Automodel recipe',
    patternProperties: { [`^${NAMED_VALIDATION_PREFIX}`]: schema.properties['validation_dataset'] },
  };
}
