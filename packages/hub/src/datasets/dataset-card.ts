// What the card of a data set (the YAML at the top of README.md) says about its configurations:
// which files belong to which split of which configuration.
import { AutomodelError } from '@automodel/core';
import { parse } from 'yaml';

export interface Configuration {
  readonly name: string;
  readonly isDefault: boolean;
  /** Patterns of paths by split; undefined: the files' names decide. */
  readonly patterns: ReadonlyMap<string, readonly string[]> | undefined;
  /** The folder that patterns and names start from. */
  readonly folder: string;
}

/**
 * The YAML at the top of a card; undefined when there is none. Errors: `bad-file` for YAML that
 * cannot be read.
 */
export function frontMatter(
  card: string,
  location: string,
): Readonly<Record<string, unknown>> | undefined {
  const text = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(card)?.[1];
  if (text === undefined) return undefined;
  try {
    const data: unknown = parse(text);
    return data !== null && typeof data === 'object' && !Array.isArray(data)
      ? (data as Record<string, unknown>)
      : undefined;
  } catch (cause) {
    const [reason] = (cause as Error).message.split('\n');
    throw new AutomodelError('bad-file', `the YAML at the top cannot be read: ${reason}`, {
      location,
      cause,
    });
  }
}

/** The configurations that a card names, in its order. Errors: `bad-file`. */
export function configurationsOf(card: string, location: string): readonly Configuration[] {
  const listed = frontMatter(card, location)?.['configs'];
  if (!Array.isArray(listed)) return [];
  return (listed as readonly unknown[]).map((entry) => {
    const {
      config_name: name = 'default',
      data_files: files,
      data_dir: folder = '',
      default: isDefault,
    } = (entry ?? {}) as Record<string, unknown>;
    if (typeof name !== 'string' || typeof folder !== 'string')
      throw new AutomodelError('bad-file', 'configs names a configuration that is not a text', {
        location,
      });
    return {
      name,
      isDefault: isDefault === true,
      folder: folder.replace(/^\.?\/+|\/+$/g, ''),
      patterns: files === undefined || files === null ? undefined : patternsOf(files, location),
    };
  });
}

function texts(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
    ? value
    : undefined;
}

/**
 * data_files is a pattern or several (split train), a list of splits with their patterns, or a
 * mapping of the same.
 */
function patternsOf(files: unknown, location: string): ReadonlyMap<string, readonly string[]> {
  const all = texts(files);
  if (all !== undefined) return new Map([['train', all]]);
  const entries: readonly (readonly [unknown, unknown])[] = Array.isArray(files)
    ? (files as readonly (Readonly<Record<string, unknown>> | null)[]).map((entry) => [
        entry?.['split'],
        entry?.['path'],
      ])
    : Object.entries(files as object);
  return new Map(
    entries.map(([split, path]) => {
      const patterns = texts(path);
      if (typeof split !== 'string' || patterns === undefined)
        throw new AutomodelError(
          'bad-file',
          'data_files of a configuration must name a path, or a split and its path',
          { location },
        );
      return [split, patterns];
    }),
  );
}
