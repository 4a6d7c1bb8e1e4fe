// The TypeScript examples of the documentation, as programs: a block fenced as `ts` must
// type-check, one fenced as `ts run` is also executed, in a project of its own. A fragment that is
// not a program is fenced as `typescript` and left alone. Commands fenced as `sh run` are executed
// too, those of one document in one project.
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

/** Folders of the repository that examples may read. */
const READ = ['node_modules', 'examples', 'goldens'];

/**
 * Gives `work` a new project that has every package installed and the repository's examples at
 * hand, and removes it. Errors: those of `work`, with where the example stands.
 */
function inProject<T>(root: string, { file, line }: DocExample, work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'automodel-example-'));
  try {
    for (const name of READ) symlinkSync(join(root, name), join(folder, name), 'dir');
    const dependencies = Object.fromEntries(
      readWorkspaces(root).map(({ manifest }) => [manifest.name, '*']),
    );
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', dependencies }));
    return work(folder);
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`${file}:${String(line)}: ${message}`, { cause });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs one example from source, in a project of its own; returns what it printed. Throws with its
 * error output when it fails.
 */
export const runExample = (root: string, example: DocExample): string =>
  inProject(root, example, (folder) => {
    writeFileSync(join(folder, 'example.ts'), example.code);
    return runProgram(root, join(folder, 'example.ts'), [], folder);
  });

/**
 * Runs the commands of one document, block after block, in one project. `npx automodel` is the
 * command line from source. Throws with its output when a command fails.
 */
export function runCommands(root: string, commands: readonly DocExample[]): void {
  const [first] = commands;
  if (first === undefined) return;
  inProject(root, first, (folder) => {
    const env = { ...process.env, PATH: `${writeNpx(root, folder)}:${process.env['PATH'] ?? ''}` };
    for (const { file, line, code } of commands) {
      const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', code], {
        cwd: folder,
        env,
        encoding: 'utf8',
        timeout: 300_000,
      });
      if (status !== 0)
        throw new Error(`the commands of ${file}:${String(line)} fail\n${stdout}\n${stderr}`);
    }
  });
}

/** A folder for PATH, with an `npx` that knows one command. */
function writeNpx(root: string, folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const words = [
    process.execPath,
    '--conditions=@automodel/source',
    '--import',
    pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href,
    join(root, 'apps/cli/src/main.ts'),
  ];
  writeFileSync(
    join(bin, 'npx'),
    '#!/bin/sh\n[ "$1" = automodel ] || exit 127\nshift\nexec ' +
      `${words.map((word) => `'${word}'`).join(' ')} "$@"\n`,
    { mode: 0o755 },
  );
  return bin;
}
