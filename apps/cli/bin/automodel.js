#!/usr/bin/env node
// The executable. It is committed, not built, so that package managers can link it before the first
// build; in a checkout without a build it runs from source.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import './few-open-files.js';

const built = new URL('../dist/cli.js', import.meta.url);
const source = new URL('../src/main.ts', import.meta.url);
if (existsSync(built) || !existsSync(source)) {
  await import(built.href);
} else {
  const tsx = import.meta.resolve('tsx');
  const child = spawn(
    process.execPath,
    [
      '--import',
      new URL('few-open-files.js', import.meta.url).href,
      '--import',
      tsx,
      '--conditions=@automodel/source',
      fileURLToPath(source),
      ...process.argv.slice(2),
    ],
    { stdio: 'inherit' },
  );
  // a terminal sends it to the child as well, which ends when it is done
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on(
    'exit',
    (code, signal) => (process.exitCode = code ?? (signal === 'SIGTERM' ? 143 : 130)),
  );
}
