// Whether two source files have to do with each other: one imports the other, also by a name that a
// package's index exports; one includes the other, or both a common header; a kernel and the op of
// the same path; a native function and who calls it.
import { posix } from 'node:path';
import ts from 'typescript';
import { findImports, importedFile } from './imports.js';
import { readWorkspaces } from './workspace.js';

const KERNEL = /^packages\/cpu-backend\/kernels\/(.+)\.cpp$/;

/** The op that a kernel computes; any other file as it is. */
const opOf = (path: string): string => path.replace(KERNEL, 'packages/core/src/ops/$1.ts');

export class SourceLinks {
  readonly #read: (path: string) => string;
  /** Folder of each package, by its name. */
  readonly #folders: ReadonlyMap<string, string>;
  readonly #targets = new Map<string, ReadonlySet<string>>();

  /** `read` gives the text of a file, by its path from `root`. */
  constructor(root: string, read: (path: string) => string) {
    this.#read = read;
    this.#folders = new Map(
      readWorkspaces(root).map(({ manifest, folder }) => [manifest.name, folder]),
    );
  }

  /** In either direction. */
  has(one: string, other: string): boolean {
    return (
      this.#reaches(one, other) ||
      this.#reaches(other, one) ||
      this.#haveCommonHeader(one, other) ||
      this.#calls(one, other) ||
      this.#calls(other, one)
    );
  }

  #reaches(from: string, to: string): boolean {
    return [to, opOf(to)].some((path) => path === opOf(from) || this.#targetsOf(from).has(path));
  }

  #haveCommonHeader(one: string, other: string): boolean {
    const isNative = (path: string): boolean => /\.(cpp|h)$/.test(path);
    const headers = this.#targetsOf(other);
    return (
      isNative(one) &&
      isNative(other) &&
      [...this.#targetsOf(one)].some((path) => headers.has(path))
    );
  }

  #targetsOf(path: string): ReadonlySet<string> {
    let targets = this.#targets.get(path);
    if (targets === undefined) {
      targets = new Set(path.endsWith('.ts') ? this.#imports(path) : this.#includes(path));
      this.#targets.set(path, targets);
    }
    return targets;
  }

  #imports(path: string): readonly string[] {
    return readModule(path, this.#read(path)).links.flatMap(({ specifier, names }) => {
      if (specifier.startsWith('.')) return [importedFile(path, specifier)];
      const folder = this.#folders.get(specifier);
      if (folder === undefined) return [];
      return names.flatMap((name) => this.#origin(`${folder}/src/index.ts`, name) ?? []);
    });
  }

  /** The file that declares what `path` exports as `name`. */
  #origin(path: string, name: string): string | undefined {
    const { links, declared } = readModule(path, this.#read(path));
    if (declared.includes(name)) return path;
    for (const { specifier, names, all } of links) {
      if (!specifier.startsWith('.') || !(all || names.includes(name))) continue;
      const origin = this.#origin(importedFile(path, specifier), name);
      if (origin !== undefined) return origin;
    }
    return undefined;
  }

  /** Headers, also through other headers. */
  #includes(path: string): readonly string[] {
    const found = new Set<string>();
    const visit = (file: string): void => {
      for (const [, name = ''] of this.#read(file).matchAll(/^#include "([^"]+)"/gm)) {
        const target = posix.join(posix.dirname(file), name);
        if (found.has(target)) continue;
        found.add(target);
        visit(target);
      }
    };
    visit(path);
    return [...found];
  }

  /** `script` calls a function that `native` gives to JavaScript. */
  #calls(script: string, native: string): boolean {
    if (!script.endsWith('.ts') || !native.endsWith('.cpp')) return false;
    const calls = this.#read(script);
    return [...this.#read(native).matchAll(/^AUTOMODEL_API .*?automodel_(\w+)\(/gm)].some(
      ([, name = '']) => new RegExp(`library\\.(asynchronous\\.)?${name}\\(`).test(calls),
    );
  }
}

/** What a module imports or exports again from another. */
interface ModuleLink {
  readonly specifier: string;
  /** As the other module exports them. */
  readonly names: readonly string[];
  /** `export *`. */
  readonly all: boolean;
}

interface Module {
  readonly links: readonly ModuleLink[];
  /** Names that it declares, exported or not. */
  readonly declared: readonly string[];
}

function readModule(path: string, text: string): Module {
  const links: ModuleLink[] = [];
  const declared: string[] = [];
  for (const node of ts.createSourceFile(path, text, ts.ScriptTarget.Latest).statements) {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      const { moduleSpecifier } = node;
      if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) continue;
      const bound = ts.isImportDeclaration(node)
        ? node.importClause?.namedBindings
        : node.exportClause;
      const elements = bound !== undefined && 'elements' in bound ? [...bound.elements] : [];
      const names = elements.map((element) => (element.propertyName ?? element.name).text);
      const all = ts.isExportDeclaration(node) && bound === undefined;
      links.push({ specifier: moduleSpecifier.text, names, all });
    } else if (ts.isVariableStatement(node))
      for (const { name } of node.declarationList.declarations)
        declared.push(ts.isIdentifier(name) ? name.text : '');
    else if ('name' in node && node.name !== undefined)
      declared.push((node.name as ts.Identifier).text);
  }
  // what is loaded only when it is needed
  for (const { specifier, names } of findImports(path, text))
    if (names.length === 0 && !links.some((link) => link.specifier === specifier))
      links.push({ specifier, names, all: false });
  return { links, declared };
}
