// Several data sets in one section: what each takes from the whole, and what is refused.
import { describe, expect, test } from 'vitest';
import { parse, refusal } from './support.js';

describe('a mixture as written', () => {
  const MODEL = 'model: {pretrained_model_name_or_path: m}\noptimizer: {lr: 1}\n';
  const written = (dataset: string): string => `${MODEL}dataset: {type: mixed, ${dataset}}\n`;
  const two =
    'datasets: [{weight: 0.7, path_or_dataset_id: a.jsonl}, {path_or_dataset_id: b.jsonl}]';

  test('has its own settings, and gives others to its data sets', () => {
    const { dataset } = parse(
      written(
        'seq_length: 64, overlong: drop, mask_history: true, cache: false, datasets: [{weight: ' +
          '0.7, _target_: nemo_automodel.components.datasets.llm.chat_dataset.ChatDataset, ' +
          'path_or_dataset_id: a.jsonl}, {dataset_name: b.jsonl, max_length: 32, truncation: ' +
          'true, ' +
          'mask_history: false}]',
      ),
    ).recipe;
    if (dataset.type !== 'mixed') throw new Error('it is a mixture');
    expect(dataset).toMatchObject({
      stopping_strategy: 'first_exhausted',
      seed: null,
      streaming: false,
    });
    expect(dataset.datasets).toMatchObject([
      {
        type: 'chat',
        weight: 0.7,
        path_or_dataset_id: 'a.jsonl',
        seq_length: 64,
        overlong: 'drop',
        mask_history: true,
        cache: false,
        answer_only_loss_mask: true,
      },
      {
        type: 'jsonl',
        weight: 1,
        path_or_dataset_id: 'b.jsonl',
        seq_length: 32,
        overlong: 'truncate',
        mask_history: false,
        cache: false,
      },
    ]);
  });

  test.each([
    [two.replace('0.7', '0'), 'dataset.datasets.0.weight must be above 0'],
    [two.replace('0.7', 'heavy'), 'dataset.datasets.0.weight: expected a number'],
    [
      two.replace(', {path_or_dataset_id: b.jsonl}', ''),
      'dataset.datasets must be at least 2 entries',
    ],
    [
      two.replace('weight', 'wieght'),
      'dataset.datasets.0.wieght: unknown key; did you mean weight?',
    ],
    [
      two.replace('weight: 0.7', 'type: mixed'),
      'dataset.datasets.0.type: the text "mixed" is not one of jsonl',
    ],
    [
      two.replace('weight: 0.7', 'chat_template: x'),
      'dataset.datasets.0.chat_template: belongs to the mixture as a whole',
    ],
    [
      two.replace('weight: 0.7', 'streaming: true'),
      'dataset.datasets.0.streaming: belongs to the mixture as a whole',
    ],
    [
      two.replace('path_or_dataset_id: a.jsonl', 'split: train'),
      'dataset.datasets.0.path_or_dataset_id is missing',
    ],
    [
      `${two}, path_or_dataset_id: c.jsonl`,
      'dataset.path_or_dataset_id: belongs to a single data set; set it in each of datasets',
    ],
    [
      `${two}, limit_dataset_samples: 5`,
      'dataset.limit_dataset_samples: belongs to a single data set',
    ],
    [`${two}, streaming: true`, 'dataset.streaming: cannot be used with dataset type mixed'],
    [
      `${two}, stopping_strategy: all`,
      'dataset.stopping_strategy: the text "all" is not one of first_exhausted, all_exhausted',
    ],
    ['seed: 1', 'dataset.datasets is missing'],
  ])('refuses %s', (dataset, message) => {
    expect(refusal(() => parse(written(dataset)))).toContain(message);
  });

  test('is not what a single data set says, nor what questions are asked from', () => {
    expect(
      refusal(() =>
        parse(`${MODEL}dataset: {path_or_dataset_id: a, stopping_strategy: all_exhausted}\n`),
      ),
    ).toContain('dataset.stopping_strategy is for dataset type mixed');
    expect(
      refusal(() =>
        parse(
          `${MODEL}dataset: {path_or_dataset_id: a}\nevaluation: {dataset: {type: mixed, ` +
            `${two}}}\n`,
        ),
      ),
    ).toContain('evaluation.dataset.type must be a single data set');
  });
});
