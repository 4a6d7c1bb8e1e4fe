// A loaded model: its prompts, its answers in pieces, and what it refuses to save over.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AutoModelForCausalLM } from '@automodel/run';
import { plugins, writeModel } from './tiny-model.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'automodel-model-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

test(
  'prompts go through the chat template unless they are raw; a chat streams in pieces that ' +
    'join to the answer',
  async () => {
    await using loaded = await AutoModelForCausalLM.fromPretrained(await writeModel(root), {
      plugins,
      backend: { threads: 1 },
    });
    const tokenizer = await loaded.tokenizer();
    expect(tokenizer.decode([...(await loaded.promptIds('hi'))])).toBe(
      '<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n',
    );
    expect(tokenizer.decode([...(await loaded.promptIds('hi', { raw: true }))])).toBe('hi');
    const pieces: string[] = [];
    for await (const piece of loaded.stream([{ role: 'user', content: 'hi' }], { maxNewTokens: 6 }))
      pieces.push(piece);
    expect(pieces.join('')).toBe(await loaded.generate('hi', { maxNewTokens: 6 }));
    const draws = await Promise.all(
      [1, 1, 2].map((seed) => loaded.generate('hi', { maxNewTokens: 8, temperature: 2, seed })),
    );
    expect(draws[0]).toBe(draws[1]);
    expect(draws[0]).not.toBe(draws[2]);
    await writeFile(join(root, 'note'), 'x');
    await expect(loaded.savePretrained(join(root, 'note'))).rejects.toMatchObject({
      code: 'conflict',
    });
  },
);
