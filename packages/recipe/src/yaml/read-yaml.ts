// Reads a recipe's YAML text into plain data and remembers where every key and value stands, so
// that an error can name file:line:column.
// What YAML 1.1 (PyYAML, which NeMo uses) and 1.2 read differently is either repaired later by the
// schema (1e-5, none) or refused here (010).
import { AutomodelError } from '@automodel/core';
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
  type Document,
  type Node,
  type Pair,
} from 'yaml';
import type { Path } from '../issues/issue.js';

/** A recipe is written by hand: what is larger is another kind of file. */
const MAX_CHARACTERS = 1_000_000;

/**
 * Data of a YAML file, and the position (`file:line:column`) of what stands at a path; the nearest
 * parent's when the path itself is not written.
 */
export interface YamlRecipe {
  readonly data: Record<string, unknown>;
  locate(path: Path, at: 'key' | 'value'): string;
}

function problem(
  file: string,
  counter: LineCounter,
  offset: number,
  message: string,
): AutomodelError {
  const { line, col } = counter.linePos(offset);
  return new AutomodelError('bad-recipe', message, { location: `${file}:${line}:${col}` });
}

function refuseAmbiguous(document: Document, file: string, counter: LineCounter): void {
  visit(document, {
    Scalar(_, node) {
      if (
        node.type === 'PLAIN' &&
        typeof node.value === 'number' &&
        /^[-+]?0[0-9_]+$/.test(node.source ?? '')
      ) {
        throw problem(
          file,
          counter,
          node.range?.[0] ?? 0,
          `${node.source} is octal in YAML 1.1 and decimal in 1.2; write it without the leading ` +
            '0, or in quotes',
        );
      }
    },
  });
}

/**
 * The document's data. Errors: `bad-recipe` for an alias to nothing, to a value that it is part of,
 * or to too much.
 */
function plainData(document: Document, file: string): unknown {
  const refuse = (message: string, cause?: unknown): AutomodelError =>
    new AutomodelError('bad-recipe', message, {
      location: file,
      hint: 'write the value out',
      cause,
    });
  let data: unknown;
  try {
    data = document.toJS();
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (containsItself(data, new Set()))
    throw refuse('an alias stands within the value that it repeats');
  return data;
}

function containsItself(value: unknown, above: ReadonlySet<unknown>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (above.has(value)) return true;
  const inside = new Set([...above, value]);
  return Object.values(value).some((entry) => containsItself(entry, inside));
}

const keyOf = (pair: Pair): unknown => (isScalar(pair.key) ? pair.key.value : pair.key);

function offsetAt(document: Document, path: Path, at: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = (node as Node | null)?.range?.[0] ?? 0;
  for (const [depth, segment] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isSeq(node) && typeof segment === 'number') node = node.items[segment];
    else if (isMap(node)) {
      const pair =
        node.items.find((item) => keyOf(item) === segment) ??
        (segment === 'type' ? node.items.find((item) => keyOf(item) === '_target_') : undefined);
      if (pair === undefined) return offset;
      const isLast = depth === path.length - 1;
      const target = (isLast && at === 'value' ? pair.value : pair.key) as Node | null;
      offset = target?.range?.[0] ?? (pair.key as Node | null)?.range?.[0] ?? offset;
      node = pair.value;
      continue;
    } else return offset;
    offset = (node as Node | null)?.range?.[0] ?? offset;
  }
  return offset;
}

/**
 * Parse the YAML text of a recipe.
 * @throws AutomodelError `bad-recipe` for more than 1 MB; with file:line:column for a syntax error,
 * a duplicate key, a tag, a second document, or a number with two meanings.
 */
export function readYaml(text: string, file: string): YamlRecipe {
  if (text.length > MAX_CHARACTERS)
    throw new AutomodelError('bad-recipe', 'the file is larger than 1 MB', {
      location: file,
      hint: 'name a recipe, which is a few lines of YAML',
    });
  const counter = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: counter,
    prettyErrors: false,
    merge: true,
    version: '1.2',
  });
  if (!Array.isArray(documents))
    throw new AutomodelError('bad-recipe', 'the file is empty', { location: file });
  const [document, second] = documents as Document[];
  if (document === undefined)
    throw new AutomodelError('bad-recipe', 'the file is empty', { location: file });
  const error = document.errors[0] ?? document.warnings[0];
  if (error !== undefined) throw problem(file, counter, error.pos[0], error.message);
  if (second !== undefined)
    throw problem(file, counter, second.range?.[0] ?? 0, 'a recipe is one YAML document');
  refuseAmbiguous(document, file, counter);
  const data = plainData(document, file);
  if (data === null)
    throw new AutomodelError('bad-recipe', 'the file is empty', { location: file });
  if (!isMap(document.contents))
    throw problem(
      file,
      counter,
      document.contents?.range?.[0] ?? 0,
      'a recipe is a mapping of sections',
    );
  return {
    data: data as Record<string, unknown>,
    locate: (path, at) => {
      const { line, col } = counter.linePos(offsetAt(document, path, at));
      return `${file}:${line}:${col}`;
    },
  };
}
