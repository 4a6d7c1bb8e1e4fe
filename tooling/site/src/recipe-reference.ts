// docs/recipe-reference.md from the recipe's schema: every section and key with its values, default
// and meaning. `npm run docs:reference` writes it, a test compares.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recipeJsonSchema } from '@automodel/recipe';

/** The parts of JSON Schema that the recipe's schema uses. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema | false;
  readonly prefixItems?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

const isIgnored = ({ description = '' }: Schema): boolean =>
  description.startsWith('No effect here');
const code = (value: unknown): string => `\`${JSON.stringify(value)}\``;

/** The mapping of a section, also where null or other forms stand beside it. */
const sectionOf = (schema: Schema): Schema | undefined =>
  schema.properties !== undefined && Object.keys(schema.properties).length > 0
    ? schema
    : schema.anyOf?.find((one) => sectionOf(one) !== undefined);

/** What a key takes, in words. */
function valuesOf(schema: Schema): string {
  if (schema.enum !== undefined)
    return schema.enum
      .map((value) => (typeof value === 'string' ? `\`${value}\`` : code(value)))
      .join(', ');
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(valuesOf))].join(' or ');
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  const named = types.filter(
    (type) => type !== 'string' || types.every((other) => other === 'string' || other === 'null'),
  ); // a text beside a number is a reference such as ${NAME}
  if (schema.prefixItems !== undefined) return `${String(schema.prefixItems.length)} numbers`;
  if (named.includes('array'))
    return schema.items === undefined || schema.items === false
      ? 'list'
      : `list of ${valuesOf(schema.items)}`;
  return (
    named
      .map(
        (type) =>
          ({
            string: 'text',
            integer: 'whole number',
            object: 'mapping',
            boolean: '`true`, `false`',
          })[type] ?? type,
      )
      .join(' or ') || 'anything'
  );
}

/** A key that stands for something else than its one harmless value. */
const isOnly = (schema: Schema): boolean =>
  schema.enum?.every((value) => typeof value !== 'string') === true;

const cell = (text: string): string =>
  text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');

function row(key: string, schema: Schema, required: boolean): string {
  const meaning = schema.description ?? (isOnly(schema) ? 'Other values are refused.' : '');
  const preset = schema.default ?? undefined;
  const given = preset === undefined ? '' : cell(code(preset));
  const cells = [
    `\`${key}\``,
    cell(valuesOf(schema)),
    required ? 'required' : given,
    cell(meaning),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The keys of a mapping as table rows; mappings inside have dotted names. */
function rowsOf(section: Schema, prefix: string): string[] {
  return Object.entries(section.properties ?? {})
    .filter(([key, schema]) => key !== '_target_' && !isIgnored(schema))
    .flatMap(([key, schema]) => {
      const inner = sectionOf(schema);
      return inner === undefined
        ? [
            row(
              prefix + key,
              schema,
              section.required?.includes(key) === true && schema.default === undefined,
            ),
          ]
        : rowsOf(inner, `${prefix}${key}.`);
    });
}

const HEAD = ['| key | values | default | meaning |', '| --- | --- | --- | --- |'];

/** The page. */
export function recipeReference(): string {
  const recipe = recipeJsonSchema() as Schema;
  const entries = Object.entries(recipe.properties ?? {}).filter(
    ([, schema]) => !isIgnored(schema),
  );
  const sections = entries.filter(
    ([key, schema]) => key !== 'validation_dataset' && sectionOf(schema) !== undefined,
  );
  const plain = entries.filter(([, schema]) => sectionOf(schema) === undefined);
  return [
    '# Every key of a recipe',
    '',
    'Written from the schema that checks recipes. A number or truth value can also be a ' +
      "reference such as `${NAME}`; NeMo's `_target_` is accepted in place of `type`. " +
      '`validation_dataset`, and any',
    'further `validation_dataset_NAME`, has the keys of `dataset`. Keys of NeMo that change ' +
      'nothing here are accepted, listed by `automodel check`, and left out below.',
    '',
    '## At the top',
    '',
    ...HEAD,
    ...plain.map(([key, schema]) =>
      row(key, schema, recipe.required?.includes(key) === true && schema.default === undefined),
    ),
    '',
    ...sections.flatMap(([key, schema]) => [
      `## ${key}`,
      '',
      ...(schema.description === undefined ? [] : [schema.description, '']),
      ...HEAD,
      ...rowsOf(sectionOf(schema)!, ''),
      '',
    ]),
  ].join('\n');
}

/** Where the page is, in the repository. */
export const REFERENCE = 'docs/recipe-reference.md';

if (process.argv[1] === import.meta.filename)
  writeFileSync(join(import.meta.dirname, '../../..', REFERENCE), recipeReference());
