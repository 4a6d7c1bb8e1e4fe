// Commands that work for a while before their first result say what they are doing.
import { expect, test } from 'vitest';
import { cliIn, typed } from './support/cli-in.js';
import { tinyRoot } from './support/tiny-root.js';

const root = tinyRoot();

test.each([
  ['init --model model --data rows.jsonl --recipe r.yaml', ['looking at model, data and memory']],
  ['plan --model model --seq 16 --backend.threads 1', ['opening the model', 'compiling']],
  [
    'bench model --steps 3 --batch 1 --seq 16 --threads 1',
    ['opening model', 'loading the weights'],
  ],
])('%s', async (line, phases) => {
  const { code, err } = await cliIn(root(), typed`${line.split(' ')}`, { terminal: true });
  expect(code).toBe(0);
  for (const phase of phases) expect(err).toContain(`\r\u001b[2K${phase}`);
});
