// The TypeScript examples of the documentation, as programs: a block fenced as `ts` must
// type-check, one fenced as `ts run` is also executed. A fragment that is not a program is fenced
// as `typescript` and left alone. Commands fenced as `sh run` are executed too, those of one
// document in one project.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { runProgram } from './run-program.js';
import { listFiles, readWorkspaces } from './workspace.js';

/**
 * One fenced block: the Markdown file (relative to the root), the line of its first code line, its
 * text, and whether it is executed.
 */
export interface DocExample {
  readonly file: string;
  readonly line: number;
  readonly code: string;
  readonly run: boolean;
}

/** The blocks of one Markdown text. */
export const findExamples = (file: string, markdown: string): readonly DocExample[] =>
  blocks(file, markdown, ['ts', 'ts run']);

/** The blocks of commands of one Markdown text. */
export const findCommands = (file: string, markdown: string): readonly DocExample[] =>
  blocks(file, markdown, ['sh run']);

function blocks(file: string, markdown: string, infos: readonly string[]): readonly DocExample[] {
  const found: DocExample[] = [];
  let open: { readonly line: number; readonly info: string; readonly code: string[] } | undefined;
  markdown.split('\n').forEach((text, index) => {
    const fence = /^```(.*)$/.exec(text);
    if (fence === null) open?.code.push(text);
    else if (open === undefined)
      open = { line: index + 2, info: (fence[1] ?? '').trim(), code: [] };
    else {
      if (infos.includes(open.info))
        found.push({
          file,
          line: open.line,
          code: open.code.join('\n'),
          run: open.info.endsWith(' run'),
        });
      open = undefined;
    }
  });
  return found;
}

/** The documents that carry examples: README.md, docs/ and the README of every package and app. */
export function documents(root: string): readonly string[] {
  const readmes = ['README.md', ...readWorkspaces(root).map(({ folder }) => `${folder}/README.md`)];
  return [
    ...readmes.filter((path) => existsSync(join(root, path))),
    ...listFiles(join(root, 'docs'), ['.md']).map((path) => `docs/${path}`),
  ];
}

/** All examples of the documents below `root`. */
export function readExamples(root: string): readonly DocExample[] {
  return documents(root).flatMap((file) =>
    findExamples(file, readFileSync(join(root, file), 'utf8')),
  );
}

/** Type errors of the examples, one line each with the line in the Markdown file. */
export function typeCheckExamples(
  root: string,
  examples: readonly DocExample[],
): readonly string[] {
  const virtual = new Map(
    examples.map((example, index) => [join(root, `example-${String(index)}.ts`), example]),
  );
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) =>
    readFileSync(path, 'utf8'),
  );
  const parsed = ts.parseJsonConfigFileContent({ ...(config as object), files: [] }, ts.sys, root);
  const options: ts.CompilerOptions = {
    ...parsed.options,
    noEmit: true,
    declaration: false,
    noUnusedLocals: false,
    moduleDetection: ts.ModuleDetectionKind.Force,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => virtual.has(path) || fileExists(path);
  host.readFile = (path) => virtual.get(path)?.code ?? readFile(path);
  const program = ts.createProgram([...virtual.keys()], options, host);
  return [...virtual].flatMap(([path, example]) => {
    const source = program.getSourceFile(path);
    return ts.getPreEmitDiagnostics(program, source).map((problem) => {
      const line =
        source === undefined || problem.start === undefined
          ? 0
          : source.getLineAndCharacterOfPosition(problem.start).line;
      return (
        `${example.file}:${String(example.line + line)}: ` +
        `${ts.flattenDiagnosticMessageText(problem.messageText, ' ')}`
      );
    });
  });
}

/**
 * Runs one example from source, in the repository's root; returns what it printed. Throws with its
 * error output when it fails.
 */
export function runExample(root: string, example: DocExample): string {
  const folder = mkdtempSync(join(tmpdir(), 'automodel-example-'));
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'example.ts'), example.code);
    return runProgram(root, join(folder, 'example.ts'));
  } catch (error) {
    throw new Error(
      `${example.file}:${String(example.line)}: the example fails\n${(error as Error).message}`,
      { cause: error },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs the commands of one document, block after block, in a new project that has every package
 * installed and the repository's examples at hand. `npx automodel` is the command line from source.
 * Throws with its output when a command fails.
 */
export function runCommands(root: string, commands: readonly DocExample[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'automodel-commands-'));
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
    symlinkSync(join(root, 'examples'), join(folder, 'examples'), 'dir');
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({
        type: 'module',
        dependencies: Object.fromEntries(
          readWorkspaces(root).map(({ manifest }) => [manifest.name, '*']),
        ),
      }),
    );
    mkdirSync(join(folder, 'bin'));
    const program = [
      process.execPath,
      '--conditions=@automodel/source',
      '--import',
      pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href,
      join(root, 'apps/cli/src/main.ts'),
    ];
    writeFileSync(
      join(folder, 'bin/npx'),
      '#!/bin/sh\n[ "$1" = automodel ] || exit 127\nshift\nexec ' +
        `${program.map((word) => `'${word}'`).join(' ')} "$@"\n`,
      { mode: 0o755 },
    );
    const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` };
    for (const { file, line, code } of commands) {
      const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', code], {
        cwd: folder,
        env,
        encoding: 'utf8',
        timeout: 300_000,
      });
      if (status !== 0)
        throw new Error(`${file}:${String(line)}: a command fails\n${stdout}\n${stderr}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
