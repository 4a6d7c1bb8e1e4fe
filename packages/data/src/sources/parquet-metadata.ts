// Refuses Parquet metadata that contradicts itself: the reader goes by one part of it and would
// leave out what only another part knows.
import type { FileMetaData, RowGroup, SchemaElement } from 'hyparquet';

/** Of one column in one row group: repeated values take no space in a file, but in memory. */
const MAX_VALUES = 32n * 1024n * 1024n;

/**
 * Paths of the columns that hold values, in the order of the schema. Errors: a schema whose counts
 * of children do not fit.
 */
function leafPaths(schema: readonly SchemaElement[]): string[] {
  const paths: string[] = [];
  let at = 0;
  const walk = (above: readonly string[]): void => {
    const element = schema[at++];
    if (element === undefined) throw new Error('its schema ends too soon');
    const path = at === 1 ? [] : [...above, element.name];
    const children = element.num_children ?? 0;
    if (children > schema.length)
      throw new Error(`its schema gives ${element.name} ${children} children`);
    if (children === 0 && at > 1) paths.push(path.join('.'));
    for (let i = 0; i < children; i++) walk(path);
  };
  walk([]);
  if (at !== schema.length)
    throw new Error(`its schema has ${schema.length - at} elements that belong to nothing`);
  return paths;
}

/** How many values the columns of a row group have together. */
export const valuesOf = ({ columns }: RowGroup): number =>
  columns.reduce((total, { meta_data: column }) => total + Number(column?.num_values ?? 0), 0);

/**
 * Errors: row groups that add up to other rows, or hold other columns than the schema names; two
 * columns of one name.
 */
export function checkParquetMetadata({
  schema,
  row_groups: groups,
  num_rows: rows,
}: FileMetaData): void {
  const paths = leafPaths(schema);
  const repeated = paths.find((path, i) => paths.indexOf(path) !== i);
  if (repeated !== undefined) throw new Error(`two of its columns are called ${repeated}`);
  const sum = groups.reduce((total, group) => total + group.num_rows, 0n);
  if (sum !== rows || groups.some((group) => group.num_rows < 0n))
    throw new Error(`its row groups have ${sum} rows, the file ${rows}`);
  for (const [i, { columns }] of groups.entries()) {
    const own = columns.map((column) => column.meta_data?.path_in_schema.join('.') ?? '');
    if (own.length !== paths.length || own.some((path, j) => path !== paths[j]))
      throw new Error(
        `row group ${i + 1} has the columns ${own.join(', ')}, the schema ${paths.join(', ')}`,
      );
    const long = columns.find(
      ({ meta_data: column }) => column !== undefined && column.num_values > MAX_VALUES,
    );
    if (long !== undefined)
      throw new Error(
        `row group ${i + 1} has ${long.meta_data!.num_values} values in a column, more than ` +
          `${MAX_VALUES}`,
      );
    const short = columns.find(
      ({ meta_data: column }) => column !== undefined && column.num_values < groups[i]!.num_rows,
    );
    if (short !== undefined)
      throw new Error(
        `column ${short.meta_data!.path_in_schema.join('.')} of row group ${i + 1} has ` +
          `${short.meta_data!.num_values} values for ${groups[i]!.num_rows} rows`,
      );
  }
}
