// What follows from the dataset types in packages/data/src/formats, one object in one file each:
// the list of them, and the table of what a recipe has to know of them. Recipes load in a browser,
// so the table is written out as plain data. `npm run dataset-types` writes both, a test compares.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';

const FORMATS = 'packages/data/src/formats';

/** Where the list is, and the table. */
export const LIST = `${FORMATS}/formats.ts`;
export const TABLE = 'packages/recipe/src/schema/sections/dataset-types.ts';

/** `RowFormat` of @automodel/data, as its files export it. */
interface Format {
  readonly type: string;
  readonly columns: readonly string[];
  readonly read: unknown;
  readonly [field: string]: unknown;
}

/** One of them: its file, and the name under which the file exports it. */
export interface FoundFormat {
  readonly file: string;
  readonly name: string;
  readonly format: Format;
}

const isFormat = (value: unknown): value is Format =>
  typeof value === 'object' && value !== null && 'type' in value && 'read' in value;

/** What `dataset.type` is where a recipe does not say it. */
const DEFAULT = 'jsonl';

/**
 * The dataset types below `root`: the default, then by name. Errors: a file that is not named as
 * its type is, or exports none.
 */
export async function findFormats(root: string): Promise<readonly FoundFormat[]> {
  const found: FoundFormat[] = [];
  const helpers = [LIST, `${FORMATS}/row-format.ts`];
  for (const file of readdirSync(join(root, FORMATS)).sort()) {
    if (helpers.includes(`${FORMATS}/${file}`)) continue;
    const module = (await import(pathToFileURL(join(root, FORMATS, file)).href)) as object;
    const own = Object.entries(module).flatMap(([name, format]) =>
      isFormat(format) ? [{ file, name, format }] : [],
    );
    if (own.length !== 1 || own[0]?.format.type.replaceAll('_', '-') !== file.replace(/\.ts$/, ''))
      throw new Error(`${FORMATS}/${file} does not export one format, of the type it is named for`);
    found.push(...own);
  }
  const isDefault = ({ format: { type } }: FoundFormat): boolean => type === DEFAULT;
  return [...found.filter(isDefault), ...found.filter((one) => !isDefault(one))];
}

const literal = (value: unknown): string => JSON.stringify(value);
const union = (values: Iterable<string>): string => [...new Set(values)].map(literal).join(' | ');

/** formats.ts of @automodel/data. */
export function listText(formats: readonly FoundFormat[]): Promise<string> {
  const imports = formats.map(
    ({ file, name }) => `import { ${name} } from './${file.replace(/ts$/, 'js')}';`,
  );
  return formatted(
    `
    // Written by \`npm run dataset-types\`: every file of this folder that exports a format.
    ${imports.join('\n')}
    import type { RowFormat } from './row-format.js';

    /** All of them: the default, then by name. */
    export const FORMATS: readonly RowFormat[] = [${formats.map(({ name }) => name).join(', ')}];

    /** \`dataset.type\` of a recipe. */
    export type DatasetType = ${union(formats.map(({ format: { type } }) => type))};

    /** What a column can hold. */
    export type ColumnRole = ${union(formats.flatMap(({ format: { columns } }) => columns))};
    `,
    LIST,
  );
}

/** dataset-types.ts of @automodel/recipe. */
export function tableText(formats: readonly FoundFormat[]): Promise<string> {
  const entries = formats.map(({ format: { read: _read, ...facts } }) => literal(facts));
  return formatted(
    `
    // Written by \`npm run dataset-types\` from ${FORMATS}: what a recipe has to know
    // of the types of data sets. RowFormat, there, says what each field means.

    /** All of them: the default, then by name. */
    export const DATASET_TYPES = [${entries.join(', ')}] as const;
    `,
    TABLE,
  );
}

async function formatted(text: string, path: string): Promise<string> {
  const options = await resolveConfig(join(import.meta.dirname, '../../..', path));
  return format(text.replaceAll(/^ {4}/gm, ''), { ...options, filepath: path });
}
