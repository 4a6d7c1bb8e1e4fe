// Finds what a TypeScript file imports: static and dynamic imports, re-exports and import types and
// `require.resolve` of a literal, with whether any of it stays at run time. Uses the TypeScript
// parser, so comments and strings do not count.
import { dirname, posix } from 'node:path';
import ts from 'typescript';

/**
 * One import: the specifier as written, its line, whether only types are taken, and the local names
 * it binds (none for a re-export).
 */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  readonly typeOnly: boolean;
  readonly names: readonly string[];
}

/**
 * All imports of one file's text, in the order of the text. A dynamic import of a computed
 * specifier is not listed.
 */
export function findImports(path: string, text: string): readonly Import[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false);
  const found: Import[] = [];
  const add = (
    specifier: ts.Node | undefined,
    typeOnly: boolean,
    names: readonly string[] = [],
  ): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const line = file.getLineAndCharacterOfPosition(specifier.getStart(file)).line + 1;
    found.push({ specifier: specifier.text, line, typeOnly, names });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node))
      add(node.moduleSpecifier, importsOnlyTypes(node.importClause), boundNames(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, exportsOnlyTypes(node));
    else if (ts.isImportTypeNode(node))
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
    else if (
      ts.isCallExpression(node) &&
      (node.expression.kind === ts.SyntaxKind.ImportKeyword ||
        node.expression.getText(file) === 'require.resolve')
    )
      add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The file that the relative import `specifier` of `path` names. */
export const importedFile = (path: string, specifier: string): string =>
  posix.join(dirname(path), specifier.replace(/\.js$/, '.ts'));

/**
 * Names that a file reads while it loads: those that stand outside of function bodies and types.
 */
export function findNamesReadAtLoad(path: string, text: string): ReadonlySet<string> {
  const read = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (
      ts.isImportDeclaration(node) ||
      ts.isTypeNode(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isFunctionLike(node)
    )
      return;
    if (ts.isIdentifier(node)) read.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false));
  return read;
}

function boundNames(clause: ts.ImportClause | undefined): readonly string[] {
  const names = clause?.name === undefined ? [] : [clause.name.text];
  const bindings = clause?.namedBindings;
  if (bindings === undefined) return names;
  return [
    ...names,
    ...(ts.isNamespaceImport(bindings)
      ? [bindings.name.text]
      : bindings.elements.map((element) => element.name.text)),
  ];
}

function importsOnlyTypes(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  if (clause.name !== undefined || clause.namedBindings === undefined) return false;
  return (
    ts.isNamedImports(clause.namedBindings) &&
    clause.namedBindings.elements.length > 0 &&
    clause.namedBindings.elements.every((element) => element.isTypeOnly)
  );
}

function exportsOnlyTypes(node: ts.ExportDeclaration): boolean {
  if (node.isTypeOnly) return true;
  const clause = node.exportClause;
  return (
    clause !== undefined &&
    ts.isNamedExports(clause) &&
    clause.elements.length > 0 &&
    clause.elements.every((element) => element.isTypeOnly)
  );
}
