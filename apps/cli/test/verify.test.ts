// `automodel verify`, and commands over a recorded graph.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cliIn, typed, type CliResult, type Words } from './support/cli-in.js';
import { joined } from './support/joined.js';
import { repository } from './support/tiny-folder.js';
import { tinyRoot } from './support/tiny-root.js';

const root = tinyRoot();
const cli = (...words: Words): Promise<CliResult> => cliIn(root(), typed(...words));
const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';
const golden = join(repository, 'goldens/models/llama-gqa');

describe('verify', () => {
  test('agreement exits with 0 and the dump holds the same names', async () => {
    const { code, out } = await cli`verify ${golden} --reference ${golden}/golden.safetensors
        --dump own.safetensors --json --threads 1`;
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ verdict: 'agrees', precision: 'f32' });
    expect(await cli`verify ${golden} --reference own.safetensors --threads 1`).toMatchObject({
      code: 0,
      out: expect.stringContaining('agrees with the reference') as string,
    });
  });

  test('difference exits with 1, an adapter is refused with 2', async () => {
    const other = join(repository, 'goldens/models/mistral');
    const { code } =
      await cli`verify ${golden} --reference ${other}/golden.safetensors --threads 1`;
    expect(code).toBe(1);
    expect(await cli`verify ${golden} --reference x --adapter y`).toMatchObject({
      code: 2,
      err: expect.stringContaining('no adapter_config.json') as string,
    });
    const adapter = join(golden, 'adapter');
    expect(
      await cli`verify ${golden} --reference ${adapter}/golden.safetensors --adapter ${adapter}`,
    ).toMatchObject({ code: 0 });
  });

  test('--ops runs every operation on the backend and on the reference run', async () => {
    const { code, out } = await cli`verify --ops ${join(repository, 'goldens/ops')} --threads 1`;
    expect({ code, last: lastLine(out) }).toEqual({
      code: 0,
      last: `${join(repository, 'goldens/ops')}: 269 of 269 cases agree with PyTorch`,
    });
    expect(out).toMatch(/^grouped_linear +2 .* agrees$/m);
  });

  test.each([
    [typed`verify ${golden}`],
    [typed`verify --reference x`],
    [typed`verify ${golden} --ops x`],
    [typed`verify --ops x --reference y`],
  ])('%j is refused with what verify takes', async (argv) => {
    expect(await cli`${argv}`).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^error: verify .*--ops DIR/) as string,
    });
  });
});

describe('a recorded graph', () => {
  const folder = join(repository, 'goldens/recorded/gpt2');
  const reference = join(folder, 'golden.safetensors');

  test('takes the place of a package, missing or installed; fused or not', async () => {
    for (const extra of [[], ['--no-fuse'], ['--graph', join(folder, 'graph.json')]])
      expect(
        await cli`verify ${folder} --reference ${reference} --threads 1 ${extra}`,
        extra.join(),
      ).toMatchObject({ code: 0, err: '' });
    const { code, err } =
      await cli`verify ${golden} --graph ${folder}/graph.json --reference ${reference}`;
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(
        joined(
          /^error: .*graph\.json: node \d+ \(param\) in the top level: the weights have no /,
          /tensor transformer\.\S+ \(the graph was recorded from another model\)\n$/,
        ),
      ) as string,
    });
  });

  test('plan says what fusion makes of it, without data', async () => {
    const { code, out } = await cli`plan --model ${folder} --graph --backend.threads 1`;
    expect(code).toBe(0);
    expect(out).toMatch(
      joined(
        /^recorded graph \S+gpt2\/graph\.json\n/,
        / {2}nodes: \d+ as recorded, \d+ after fusion\n {2}fused:\n/,
      ),
    );
    const nodes = /nodes: (\d+) as recorded, (\d+) after/.exec(out)!;
    expect(Number(nodes[2])).toBeLessThan(Number(nodes[1]));
    await writeFile(
      join(root(), 'recorded.yaml'),
      `model: {pretrained_model_name_or_path: ${folder}}
dataset: {path_or_dataset_id: rows.jsonl}
optimizer: {lr: 1e-4}
checkpoint: {checkpoint_dir: unwritten}
`,
    );
    // the recipe is read: its data needs a tokenizer, which the folder lacks
    expect((await cli`plan --graph recorded.yaml`).err).toContain('tokenizer');
    expect(await cli`plan --model ${folder} --graph --seq 16`).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        'the graph was recorded for 2 rows of 24 tokens, not 2 of 16',
      ) as string,
    });
    expect(await cli`bench ${folder} --seq 16`).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        'the graph was recorded for 2 rows of 24 tokens, not 2 of 16',
      ) as string,
    });
  });

  test('that is broken is one line and exits with 2', async () => {
    const text = await readFile(join(folder, 'graph.json'), 'utf8');
    await writeFile(
      join(root(), 'broken.json'),
      text.replace('"op": "tanh"', '"op": "tahn"').replace('"op":"tanh"', '"op":"tahn"'),
    );
    const { code, out, err } =
      await cli`verify ${folder} --graph broken.json --reference ${reference}`;
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(
      joined(
        /^error: \S+broken\.json: node \d+ \(tahn\) in transformer\.h\.0\.mlp\.act: /,
        /.* is not known[^\n]*\n$/,
      ),
    );
  });
});
