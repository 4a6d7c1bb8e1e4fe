// The programs below examples/ run from source and print what their READMEs say.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from '../src/run-program.js';
import { repositoryRoot } from '../src/workspace.js';

/** What each program prints, in this order; other lines may stand between. */
const PROGRAMS: Readonly<Record<string, readonly RegExp[]>> = {
  'custom-data': [
    /^train: 12 rows, \d+ trained tokens$/,
    /^default: 1 rows, \d+ trained tokens$/,
    /^epoch 1: validation \d\.\d+$/,
    /^epoch 3: validation [01]\.\d+$/,
    /^saved /,
  ],
  'custom-loss': [
    /^step 1: smoothed loss 7\.\d+$/,
    /^validation: cross entropy 2\.\d+$/,
    /^step 12: smoothed loss 2\.\d+$/,
    /^validation: cross entropy 1\.\d+$/,
  ],
  'finetune-with-progress': [
    /^step 1 of 32: loss 5\.\d+$/,
    /^step \d+ of 32: loss 1\.\d+$/,
    /^saved .*epoch_0_step_\d+$/,
    /^aborted after (?!32)\d+ steps$/,
  ],
  tensors: [
    /^loss: .* below 1e-6$/,
    /^gradient of output.bias: .* below 1e-6$/,
    /^step 200: loss 0\.0\d+$/,
    /^predictions 0\.0\d 0\.9\d 0\.9\d 0\.0\d$/,
  ],
  'third-party-model': [
    /^wren is provided by automodel-models-wren$/,
    /^26 tensors agree with the reference$/,
  ],
  'third-party-op': [/^9 checks of example\/squared_relu hold$/, /^step 60: loss 0\.0\d+$/],
  'toy-backend': [
    /^toy: \d+ kernels, \d+ ops are decomposed$/,
    /^\d{4} checks of kernels hold$/,
    /^step 1: loss 2\.8\d+$/,
    /^step 5: loss 2\.2\d+$/,
    /^largest difference from the reference: below 1e-5$/,
  ],
  'toy-parallelism': [
    /^10 checks of halves\/join hold$/,
    /^rank 1 of 2 has the losses and norms of one process$/,
    /^all weights, step 3: loss 3\.\d+$/,
    /^model\.safetensors has the same bytes$/,
    /^adapter, step 3: loss 5\.\d+$/,
    /^adapter_model\.safetensors has the same bytes$/,
  ],
  'training-loop': [
    /^step 10: loss 0\.\d+, validation 0\.\d+$/,
    /^step 40: loss 0\.1?\d+, validation 0\.0\d+$/,
    /^saved .*model\.safetensors/,
  ],
};

const folders = readdirSync(join(repositoryRoot, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'quickstart')
  .map((entry) => entry.name);

test('every program is run here and named in the READMEs', () => {
  expect(folders).toEqual(Object.keys(PROGRAMS).sort());
  for (const readme of ['README.md', 'examples/README.md'])
    for (const name of folders)
      expect(readFileSync(join(repositoryRoot, readme), 'utf8'), `${readme} on ${name}`).toContain(
        `${name}/README.md`,
      );
});

test.each(Object.entries(PROGRAMS))(
  '%s',
  (name, expected) => {
    const folder = join(repositoryRoot, 'examples', name);
    const output = mkdtempSync(join(tmpdir(), 'automodel-example-'));
    try {
      expect(existsSync(join(folder, 'README.md'))).toBe(true);
      const lines = runProgram(repositoryRoot, `examples/${name}/${name}.ts`, [
        join(output, 'result'),
      ])
        .trim()
        .split('\n');
      const found = expected.map((pattern) => lines.findIndex((line) => pattern.test(line)));
      expect(found, lines.join('\n')).not.toContain(-1);
      expect(found).toEqual([...found].sort((a, b) => a - b));
    } finally {
      rmSync(output, { recursive: true, force: true });
    }
  },
  150_000,
);
