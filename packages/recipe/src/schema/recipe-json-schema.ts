// The recipe's schema for editors: completion, documentation and checking of YAML files while they are written.
import { z } from 'zod';
import { NAMED_VALIDATION_PREFIX, recipeSchema } from './recipe-schema.js';

/** JSON Schema (draft 2020-12) of a recipe as written. */
export function recipeJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(recipeSchema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown> & { properties: Record<string, unknown> };
  return { ...schema, title: 'Automodel recipe', patternProperties: { [`^${NAMED_VALIDATION_PREFIX}`]: schema.properties['validation_dataset'] } };
}
