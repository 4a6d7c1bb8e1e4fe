// Which files a data set section means, and how their rows are read.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { formatOf, openSection } from '../src/open/open-section.js';
import { datasetSchema, type ResolvedSection } from '@automodel/recipe';

const folder = mkdtempSync(join(tmpdir(), 'automodel-section-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'owner/set'), { recursive: true });
for (const name of ['train.jsonl', 'validation.jsonl'])
  writeFileSync(join(folder, 'owner/set', name), '{"text": "x"}\n');

const section = (written: object): ResolvedSection => {
  const parsed = datasetSchema.parse(written);
  if (parsed.type === 'mixed') throw new Error('a single data set is meant');
  return parsed;
};
const opened = async (written: object): Promise<readonly string[]> => {
  const files = await openSection(section(written), {
    workingDirectory: folder,
    environment: { HF_HOME: join(folder, 'hub'), HF_HUB_OFFLINE: '1' },
  });
  return files.map(({ path }) => path.slice(folder.length + 1));
};

describe('files', () => {
  it('of this machine win over an id, and a split chooses among them', async () => {
    expect(await opened({ path_or_dataset_id: 'owner/set', split: 'train[:10]' })).toEqual([
      'owner/set/train.jsonl',
    ]);
    expect(await opened({ dataset_name: 'owner/set', split: 'validation' })).toEqual([
      'owner/set/validation.jsonl',
    ]);
    expect(
      await opened({ path_or_dataset: ['owner/set/validation.jsonl', 'owner/*/t*.jsonl'] }),
    ).toEqual(['owner/set/validation.jsonl', 'owner/set/train.jsonl']);
  });

  it('of the hub are asked for if nothing is on this machine', async () => {
    await expect(opened({ path_or_dataset_id: 'owner/other', name: 'main' })).rejects.toThrow(
      /owner\/other.*(offline|OFFLINE)/s,
    );
    await expect(opened({ path_or_dataset_id: 'owner/set.jsonl' })).rejects.toMatchObject({
      code: 'missing-file',
      location: join(folder, 'owner/set.jsonl'),
    });
    await expect(opened({ path_or_dataset_id: './owner/none' })).rejects.toMatchObject({
      code: 'missing-file',
    });
  });

  it('of this machine have no configuration or revision', async () => {
    await expect(
      opened({ path_or_dataset_id: 'owner/set', split: 'train', revision: 'main' }),
    ).rejects.toThrow('dataset.revision is for data sets of the hub');
  });
});

describe('columns', () => {
  it('are named as the type understands them', () => {
    expect(
      formatOf(
        section({ path_or_dataset_id: 'x', column_mapping: { question: 'q', answer: 'a' } }),
      ),
    ).toMatchObject({ type: 'jsonl', columns: { prompt: 'q', completion: 'a' } });
    expect(
      formatOf(
        section({
          type: 'column_mapped',
          path_or_dataset_id: 'x',
          column_mapping: { context: 'c', prompt: 'q', answer: 'a' },
        }),
      ),
    ).toMatchObject({
      type: 'column_mapped',
      columns: { context: 'c', question: 'q', answer: 'a' },
    });
    expect(() =>
      formatOf(
        section({ path_or_dataset_id: 'x', column_mapping: { question: 'q', prompt: 'a' } }),
      ),
    ).toThrow('question and prompt are the same setting');
    expect(() =>
      formatOf(section({ path_or_dataset_id: 'x', column_mapping: { context: 'q' } })),
    ).toThrow('dataset.column_mapping.context is for type column_mapped');
  });
});

describe('keys', () => {
  it("of NeMo's streamed mapped columns are those of mapped columns", () => {
    const columns = { question: 'q', answer: 'a' };
    expect(
      section({ type: 'column_mapped_iterable', path_or_dataset_id: 'x', column_mapping: columns }),
    ).toEqual(
      section({
        type: 'column_mapped',
        streaming: true,
        path_or_dataset_id: 'x',
        column_mapping: columns,
      }),
    );
    expect(
      datasetSchema.safeParse({
        type: 'column_mapped_iterable',
        path_or_dataset_id: 'x',
        column_mapping: columns,
        split: 'train[:5]',
      }).success,
    ).toBe(false);
  });

  it.each<[object, string]>([
    [{}, 'is missing'],
    [{ path_or_dataset_id: 'x', dataset_name: 'y' }, 'is the same setting as path_or_dataset_id'],
    [{ path_or_dataset: 'x', dataset_name: 'y' }, 'is the same setting as path_or_dataset'],
    [
      { path_or_dataset_id: 'x', type: 'hellaswag', use_hf_chat_template: true },
      'has no effect for dataset type hellaswag',
    ],
    [
      { path_or_dataset_id: 'x', type: 'text', mask_history: true },
      'has no effect for dataset type text',
    ],
    [
      { path_or_dataset_id: 'x', type: 'xlam', column_mapping: { text: 'y' } },
      'has no effect for dataset type xlam',
    ],
    [
      { path_or_dataset_id: 'x', type: 'xlam', append_eos: true },
      'has no effect for dataset type xlam',
    ],
    [
      { path_or_dataset_id: 'x', type: 'chat', use_hf_chat_template: false },
      'must be true for dataset type chat',
    ],
  ])('%j', (written, message) => {
    const { error } = datasetSchema.safeParse(written);
    expect(error?.issues.map((issue) => issue.message).join()).toContain(message);
  });
});
