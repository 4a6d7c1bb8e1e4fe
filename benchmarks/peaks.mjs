// The limits of this machine: compiles packages/cpu-backend/bench/peaks.cpp with g++, runs it as
// often as asked, and removes it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the machine can do, measured by a program that is compiled for it. */
export function startPeaks(threads) {
  const folder = mkdtempSync(join(tmpdir(), 'automodel-peaks-'));
  const program = join(folder, 'peaks');
  const source = fileURLToPath(new URL('../packages/cpu-backend/bench/peaks.cpp', import.meta.url));
  const flags = ['-O2', '-march=native', '-ffp-contract=fast', '-pthread'];
  execFileSync('g++', [...flags, source, '-o', program]);
  const measure = () => JSON.parse(execFileSync(program, [String(threads)], { encoding: 'utf8' }));
  return { measure, close: () => rmSync(folder, { recursive: true }) };
}
