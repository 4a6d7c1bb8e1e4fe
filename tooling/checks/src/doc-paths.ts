// Paths that guides name in inline code: each must lead to a file or folder of the repository.
// Which words are such paths is decided by how they begin (`packages/`, `core/src`, `src/` in a
// package's own README) or end (`.ts`, `.cpp`); what a reader writes or a run makes is neither.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { readWorkspaces } from './workspace.js';

/** Names of files that guides speak of and that belong to others, and whose they are. */
export const FOREIGN: Readonly<Record<string, string>> = {
  'configuration_<family>.py': 'the library transformers',
};

/** Made by a build or an installation, so that a fresh checkout has the folder above it only. */
const MADE = ['dist', 'native', 'node_modules', 'output', 'package', 'pages'];
const SOURCE_NAME = /\.(ts|mts|mjs|cpp|h|py)$/;
/** Folders that packages consist of. */
const PACKAGE_FOLDER = /^(src|test|kernels|runtime|platforms)\//;

/** Every file and folder below `root`, without what is made. */
export function listPaths(root: string, folder = ''): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.name !== '.git' && !MADE.includes(entry.name))
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      return entry.isDirectory() ? [path, ...listPaths(root, path)] : [path];
    });
}

/** Everything written for readers: guides, decisions and READMEs, not changelogs. */
export const guidesAmong = (paths: readonly string[]): readonly string[] =>
  paths.filter(
    (path) => /^[^.].*\.md$/.test(path) && !/(^|\/)(\.[^/]*\/|CHANGELOG\.md$)/.test(path),
  );

/**
 * Paths in `file` that lead nowhere, as `file:line: path`. `paths` is what there is below `root`,
 * as listPaths gives it.
 */
export function brokenPaths(
  root: string,
  file: string,
  paths: readonly string[],
  foreign: Readonly<Record<string, string>> = {},
): readonly string[] {
  const finder = new PathFinder(root, file, paths);
  return wordsOf(readFileSync(join(root, file), 'utf8'))
    .filter(({ word }) => foreign[word] === undefined)
    .filter(({ word, alone }) => alternatives(word).some((path) => !finder.accepts(path, alone)))
    .map(({ word, line }) => `${file}:${line}: ${word}`);
}

interface Word {
  readonly word: string;
  readonly line: number;
  /** It is the whole of the inline code, not part of a command. */
  readonly alone: boolean;
}

function wordsOf(markdown: string): readonly Word[] {
  const text = markdown.replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, ''));
  return text.split('\n').flatMap((content, index) =>
    [...content.matchAll(/`([^`]+)`/g)].flatMap(([, code = '']) => {
      const words = code.split(/\s+/).map((word) => word.replace(/(:\d+|,)$/, ''));
      return words.map((word) => ({ word, line: index + 1, alone: words.length === 1 }));
    }),
  );
}

/** `a/{b,c}` as `a/b` and `a/c`. */
function alternatives(word: string): readonly string[] {
  const [whole, before = '', list = '', after = ''] = /^(.*?)\{([^}]+)\}(.*)$/.exec(word) ?? [];
  if (whole === undefined) return [word];
  return list.split(',').flatMap((part) => alternatives(before + part + after));
}

/** Paths as one document writes them. */
class PathFinder {
  readonly #paths: readonly string[];
  readonly #top: ReadonlySet<string>;
  readonly #packages: ReadonlyMap<string, string>;
  /** The package, tool or example that the document belongs to. */
  readonly #home: string | undefined;

  constructor(root: string, file: string, paths: readonly string[]) {
    this.#paths = paths;
    this.#top = new Set(paths.map((path) => path.split('/')[0] ?? path));
    this.#packages = new Map(readWorkspaces(root).map(({ short, folder }) => [short, folder]));
    const folder = dirname(file);
    this.#home = folder === '.' || folder.startsWith('docs') ? undefined : folder;
  }

  /** Whether `word` is no path of the repository, or one that exists. */
  accepts(word: string, alone: boolean): boolean {
    const [first = '', second = ''] = word.split('/');
    if (word.includes('/') && this.#top.has(first)) return this.#exists(word);
    const owner = this.#packages.get(first);
    if (owner !== undefined && PACKAGE_FOLDER.test(`${second}/`))
      return this.#exists(posix.join(owner, word.slice(first.length)));
    if (this.#home !== undefined && PACKAGE_FOLDER.test(word))
      return this.#exists(posix.join(this.#home, word));
    if (alone && SOURCE_NAME.test(word) && !word.startsWith('.')) return this.#existsBelow(word);
    return true;
  }

  #exists(path: string): boolean {
    const parts = path.replace(/\/$/, '').split('/');
    const made = parts.findIndex((part) => MADE.includes(part));
    const kept = parts.slice(0, made < 0 ? parts.length : made).join('/');
    return this.#any(new RegExp(`^${patternOf(kept)}$`));
  }

  /** Somewhere in the repository, for names that leave out where. */
  #existsBelow(path: string): boolean {
    return this.#any(new RegExp(`(^|/)${patternOf(path)}$`));
  }

  #any(pattern: RegExp): boolean {
    return this.#paths.some((path) => pattern.test(path));
  }
}

/** A regular expression for a path with `*`, `**`, `<name>` and `...`. */
function patternOf(path: string): string {
  return path
    .split(/(\*\*|\*|<[^>]+>|\.\.\.|…)/)
    .map((part, index) => {
      if (index % 2 === 0) return part.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
      return part === '*' || part.startsWith('<') ? '[^/]+' : '.*';
    })
    .join('');
}
