// What happens to recipes of NeMo Automodel: they run or are refused, with reasons.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkNemoRecipes } from '@automodel/run';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'automodel-nemo-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('NeMo recipes run, each key honoured or named, or are refused by name', async () => {
  const folder = join(root, 'nemo');
  await mkdir(folder);
  const text =
    `model: {_target_: nemo_automodel.NeMoAutoModelForCausalLM.from_pretrained, ` +
    `pretrained_model_name_or_path: org/m}\nrng: {seed: 1}\ndataset: {_target_: ` +
    `nemo_automodel.components.datasets.llm.chat_dataset.ChatDataset, path_or_dataset_id: ` +
    `a.jsonl}\noptimizer: {_target_: torch.optim.Adam, lr: 1e-5, weight_decay: 0.01}\n`;
  await writeFile(join(folder, 'a.yaml'), text);
  await writeFile(join(folder, 'b.yaml'), `${text}fp8: {enabled: true}\n`);
  expect(await checkNemoRecipes([folder], { workingDirectory: folder })).toEqual([
    {
      file: 'a.yaml',
      verdict: 'runs',
      reason: undefined,
      model: 'org/m',
      keys: 8,
      notes: [{ key: 'rng.seed', because: expect.any(String) as string }],
    },
    {
      file: 'b.yaml',
      verdict: 'refused',
      reason: expect.stringMatching(/^line 5:1: fp8 is not supported/) as string,
      model: undefined,
      keys: 9,
      notes: [],
    },
  ]);
  await expect(checkNemoRecipes([join(root, 'nowhere')])).rejects.toThrow(
    'neither a recipe nor a folder of recipes',
  );
});
