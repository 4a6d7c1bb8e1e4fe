// Only text operations, and what describes an error, may read the characters of a text: what read
// them elsewhere would escape a trace.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../../src/jinja/', import.meta.url));

/** Operations and questions are declared in these. */
const OPERATIONS = /(textOperation|question)\(/;
/** Before or after a rendering, in errors, and for limits. */
const OUTSIDE = [
  'python/type-names.ts',
  'rendering.ts',
  'template.ts',
  'values/track.ts',
  'text/text.ts',
  'text/join.ts',
  'text/origins.ts',
  'text/size.ts',
  'text/operation.ts',
  'trace/parts.ts',
  'trace/recorder.ts',
  'trace.ts',
  'values/run.ts',
  'text/writer.ts',
];

function readers(): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !OUTSIDE.includes(file))
    .filter((file) => {
      const source = readFileSync(join(folder, file), 'utf8');
      return /charactersOf|segmentsOf/.test(source) && !OPERATIONS.test(source);
    });
}

test('nothing reads characters past the operations', () => {
  expect(readers()).toEqual([]);
});
