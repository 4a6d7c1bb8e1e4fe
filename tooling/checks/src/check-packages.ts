// `npm run check:packages`, after a build: packs every published package and checks it as a
// consumer sees it, with publint, attw, its contents, a strict installation of its own, and tsc.
// Prints one line a problem; the last line counts.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { importEach, layOutConsumer, typeCheckEach } from './consumer.js';
import { checkMetadata } from './metadata.js';
import { checkContents, packWorkspaces, type Packed } from './pack.js';
import { readWorkspaces, repositoryRoot } from './workspace.js';

const run = promisify(execFile);
const modules = join(repositoryRoot, 'node_modules');

async function lintPackage({ workspace, tarball }: Packed): Promise<readonly string[]> {
  const bytes = readFileSync(tarball);
  const archive = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ strict: true, pack: { tarball: archive } });
  return messages.map(
    (message) =>
      `${workspace.manifest.name}: publint: ` +
      `${formatMessage(message, pkg, { color: false }) ?? message.code}`,
  );
}

async function checkTypeResolution({ workspace, tarball }: Packed): Promise<readonly string[]> {
  const cli = join(modules, '@arethetypeswrong/cli/dist/index.js');
  try {
    await run(process.execPath, [
      cli,
      tarball,
      '--profile',
      'esm-only',
      '--format',
      'ascii',
      '--no-color',
      '--no-emoji',
      '--no-definitely-typed',
    ]);
    return [];
  } catch (error) {
    return [
      `${workspace.manifest.name}: attw: ` +
        `${(error as { stdout?: string }).stdout?.trim() ?? String(error)}`,
    ];
  }
}

async function checkPackages(destination: string): Promise<readonly string[]> {
  const workspaces = readWorkspaces(repositoryRoot).filter(
    ({ manifest }) => manifest.private !== true,
  );
  const packed = packWorkspaces(repositoryRoot, workspaces, destination);
  const names = workspaces.map(({ manifest }) => manifest.name);
  const problems = [...checkMetadata(repositoryRoot)];
  problems.push(
    ...packed.flatMap(({ workspace, files }) => checkContents(workspace.manifest, files)),
  );
  for (const one of packed)
    problems.push(...(await lintPackage(one)), ...(await checkTypeResolution(one)));
  const project = layOutConsumer(join(destination, 'consumer'), packed, modules);
  problems.push(...importEach(project, names), ...typeCheckEach(project, names, modules));
  console.log(`${String(names.length)} packages, ${String(problems.length)} problems`);
  return problems;
}

const destination = mkdtempSync(join(tmpdir(), 'automodel-packages-'));
try {
  const problems = await checkPackages(destination);
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(destination, { recursive: true, force: true });
}
