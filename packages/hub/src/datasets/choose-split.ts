// Which files of a data set repository are one split of one configuration: as its card says, else
// by the names of files and folders, as the hub's own viewer reads them.
import { AutomodelError } from '@automodel/core';
import { configurationsOf, type Configuration } from './dataset-card.js';
import { inOrder, splitsByName, splitsByPattern } from './splits-of-files.js';

export interface SplitRequest {
  /** For messages. */
  readonly id: string;
  readonly split: string;
  /** The configuration. */
  readonly name: string | undefined;
}

export interface ChosenSplit {
  readonly configuration: string;
  readonly split: string;
  /** In the order of rows. */
  readonly paths: readonly string[];
  readonly notes: readonly string[];
}

/**
 * The rows come from a script or a format that is not read: the hub's own Parquet copy has them.
 */
export const CONVERTED = 'converted';

/**
 * The split of the files `paths`; `card` is README.md. Errors: `missing-file` for a configuration
 * or split that it does not have; `bad-file` for a card that names no files.
 */
export function chooseSplit(
  paths: readonly string[],
  card: string | undefined,
  request: SplitRequest,
): ChosenSplit | typeof CONVERTED {
  const configurations =
    card === undefined ? [] : configurationsOf(card, `${request.id}/README.md`);
  const script = `${request.id.slice(request.id.lastIndexOf('/') + 1)}.py`;
  if (configurations.length === 0 && paths.includes(script)) return CONVERTED;
  const chosen =
    configurations.length === 0 ? withoutCard(request) : oneOf(configurations, request);
  const prefix = chosen.folder === '' ? '' : `${chosen.folder}/`;
  const inside = paths
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length));
  const splits =
    chosen.patterns === undefined ? splitsByName(inside) : splitsByPattern(inside, chosen.patterns);
  if (splits.size === 0) return CONVERTED;
  const found = splits.get(request.split);
  if (found === undefined) throw noSplit(request, chosen.name, [...splits.keys()]);
  if (found.length === 0)
    throw new AutomodelError(
      'bad-file',
      `the card of data set ${request.id} names files of split ${request.split} that are not ` +
        `there (${(chosen.patterns?.get(request.split) ?? []).join(', ')})`,
      { hint: 'try another revision, or ask its owner' },
    );
  return {
    configuration: chosen.name,
    split: request.split,
    paths: found.map((path) => prefix + path),
    notes: [],
  };
}

/**
 * The same for the hub's Parquet copy: `<configuration>/<split>/0000.parquet`, or `partial-<split>`
 * where only the first part was converted.
 */
export function chooseConverted(paths: readonly string[], request: SplitRequest): ChosenSplit {
  const files = paths.map(convertedFile).filter((file) => file !== undefined);
  const names = [...new Set(files.map((file) => file.configuration))];
  const { name } = oneOf(
    names.map((configuration) => ({
      name: configuration,
      isDefault: false,
      folder: '',
      patterns: undefined,
    })),
    request,
  );
  const own = files.filter((file) => file.configuration === name);
  const found = own.filter((file) => file.split === request.split);
  if (found.length === 0) throw noSplit(request, name, [...new Set(own.map(({ split }) => split))]);
  const notes = found.some((file) => file.isPartial)
    ? [
        `the hub's Parquet copy of data set ${request.id} holds only the first part of split ` +
          `${request.split}`,
      ]
    : [];
  return {
    configuration: name,
    split: request.split,
    paths: inOrder(found.map(({ path }) => path)),
    notes,
  };
}

interface ConvertedFile {
  readonly path: string;
  readonly configuration: string;
  readonly split: string;
  readonly isPartial: boolean;
}

function convertedFile(path: string): ConvertedFile | undefined {
  const [, configuration, partial, split] =
    /^(.+?)\/(partial-)?([^/]+)\/[^/]+\.parquet$/.exec(path) ?? [];
  return configuration === undefined || split === undefined
    ? undefined
    : { path, configuration, split, isPartial: partial !== undefined };
}

function withoutCard({ id, name }: SplitRequest): Configuration {
  if (name !== undefined && name !== 'default')
    throw new AutomodelError(
      'missing-file',
      `data set ${id} has no configuration ${JSON.stringify(name)}: it has one without a name`,
      { hint: 'leave name out' },
    );
  return { name: 'default', isDefault: true, patterns: undefined, folder: '' };
}

function oneOf(
  configurations: readonly Configuration[],
  { id, name }: SplitRequest,
): Configuration {
  const called = (wanted: string): Configuration | undefined =>
    configurations.find((configuration) => configuration.name === wanted);
  const found =
    name === undefined ? (defaultOf(configurations) ?? called('default')) : called(name);
  if (found !== undefined) return found;
  const listed = listOf(configurations.map((configuration) => configuration.name));
  if (name === undefined)
    throw new AutomodelError(
      'missing-file',
      `data set ${id} has several configurations (${listed}) and none of them is the default`,
      { hint: 'choose one with name' },
    );
  throw new AutomodelError(
    'missing-file',
    `data set ${id} has no configuration ${JSON.stringify(name)}; it has ${listed}`,
  );
}

/** The one that is marked as the default, or the only one. */
const defaultOf = (configurations: readonly Configuration[]): Configuration | undefined =>
  configurations.find(({ isDefault }) => isDefault) ??
  (configurations.length === 1 ? configurations[0] : undefined);

const LISTED = 12;

/** At most 12 names, and how many more there are. */
function listOf(names: readonly string[]): string {
  const rest = names.length - LISTED;
  return [...names.slice(0, LISTED), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}

function noSplit(
  { id, split }: SplitRequest,
  configuration: string,
  splits: readonly string[],
): AutomodelError {
  const named = configuration === 'default' ? '' : ` (${configuration})`;
  return new AutomodelError(
    'missing-file',
    `data set ${id}${named} has no split ${JSON.stringify(split)}; it has ${splits.join(', ')}`,
  );
}
