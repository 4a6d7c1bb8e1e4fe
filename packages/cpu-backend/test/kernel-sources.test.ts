// Every kernel source and header compiles by itself, so that an editor opens any of them and none
// depends on what happens to be included before it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, test } from 'vitest';
import { packageFolder } from '../scripts/sources.mjs';

const kernels = join(packageFolder, 'kernels');
const compiler = [process.env['CXX'] ?? '', 'c++', 'g++', 'clang++'].find(
  (name) => name !== '' && spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);

/** Headers of one instruction set: the processor they are for and the flags they need. */
const NEEDS: Readonly<Record<string, { readonly cpu: string; readonly flags: readonly string[] }>> =
  {
    'tile/amx.h': { cpu: 'x64', flags: [] },
    'vector/avx2.h': { cpu: 'x64', flags: ['-mavx2', '-mfma', '-mf16c'] },
    'vector/avx512.h': {
      cpu: 'x64',
      flags: ['-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', '-mfma', '-mf16c'],
    },
    'vector/neon.h': { cpu: 'arm64', flags: [] },
  };

/** What the compiler says about a source by itself; empty if it compiles. */
function complaints(path: string, flags: readonly string[] = []): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(compiler!, ['-fsyntax-only', '-std=c++17', ...flags, '-x', 'c++', '-'], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0 ? '' : text));
    child.stdin.end(`#include "${path.split(sep).join('/')}"\n`);
  });
}

const sources = readdirSync(kernels, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(sep).join('/'))
  .filter((file) => /\.(h|cpp)$/.test(file) && !file.startsWith('instruction-set/'))
  .filter((file) => file !== 'all.h')
  .sort();

describe.concurrent('kernel sources', () => {
  const folder = mkdtempSync(join(tmpdir(), 'automodel-kernels-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.for(sources)('%s compiles alone', { timeout: 120_000 }, async (file, context) => {
    context.skip(compiler === undefined, 'there is no C++ compiler');
    const needs = NEEDS[file];
    context.skip(needs !== undefined && needs.cpu !== process.arch, `for ${needs?.cpu} only`);
    context.expect(await complaints(join(kernels, file), needs?.flags)).toBe('');
  });

  test('a missing include is noticed', { timeout: 120_000 }, async (context) => {
    context.skip(compiler === undefined, 'there is no C++ compiler');
    const planted = join(folder, 'planted.cpp');
    const source = (...headers: readonly string[]): string =>
      [
        ...headers.map((header) => `#include "${join(kernels, header).split(sep).join('/')}"`),
        'namespace automodel::AM_ISA {',
        'static int64_t planted_chunks(const Call &call, int32_t) { return elements(call.in[0]); }',
        'constexpr Kernel planted_kernel =',
        '    {"planted", 1, planted_chunks, nullptr, nullptr, nullptr};',
        '}',
      ].join('\n');
    writeFileSync(planted, source('prelude.h'));
    context.expect(await complaints(planted)).toContain('elements');
    writeFileSync(planted, source('prelude.h', 'operand.h'));
    context.expect(await complaints(planted)).toBe('');
  });
});

test('the list of kernels includes every kernel source', () => {
  const list = readFileSync(join(kernels, 'all.h'), 'utf8');
  const included = [...list.matchAll(/#include "(\S+\.cpp)"/g)].map(([, file]) => file!);
  expect(included.sort()).toEqual(sources.filter((file) => file.endsWith('.cpp')));
});
