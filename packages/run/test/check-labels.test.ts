// What `check` finds out about label masks: how rows end and start, and which are empty.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkedRuns, findings, modelWith, problems } from './check-findings.js';
import type { TinyRuns } from './tiny-runs.js';

let runs: TinyRuns;
beforeAll(async () => {
  runs = await checkedRuns();
});
afterAll(() => runs[Symbol.asyncDispose]());

describe('a run', () => {
  test('warns of mapped columns that end without eos, as NeMo has them', async () => {
    const mapped = {
      type: 'column_mapped' as const,
      path_or_dataset_id: await runs.rows(
        'mapped',
        [1, 2].map((n) => ({ q: `say ${n}`, a: `number ${n}` })),
      ),
      column_mapping: { question: 'q', answer: 'a' },
    };
    expect(await problems(runs.recipe('output', { dataset: mapped }))).toEqual([
      expect.stringContaining(
        'labels warning: no sample trains a token that ends a turn',
      ) as string,
    ]);
    expect(
      await problems(runs.recipe('output', { dataset: { ...mapped, append_eos: true } })),
    ).toEqual([]);
  });

  test('with empty answers gets a warning that names the first', async () => {
    const empty = await runs.rows('empty', [
      { prompt: 'a', completion: 'b' },
      { prompt: 'c', completion: '' },
    ]);
    expect(
      (await findings(runs.recipe('output', { dataset: { path_or_dataset_id: empty } }))).find(
        ({ check, level }) => check === 'labels' && level === 'warning',
      ),
    ).toMatchObject({
      message: '1 of 2 samples have an empty answer: they train the model to say nothing',
      location: `${empty}:2`,
    });
  });

  test.each([['a word', '[end]', 'labels error: no sample trains a token that ends a turn']])(
    'whose template ends turns with %s gets a warning',
    async (name, end, message) => {
      const other = await modelWith(runs, name, 'chat_template.jinja', (text) =>
        text.replaceAll('<|im_end|>', end),
      );
      expect(
        (
          await problems(runs.recipe('output', { model: { pretrained_model_name_or_path: other } }))
        )[0],
      ).toContain(message);
    },
  );

  test('whose template ends turns with a token of its own is in order', async () => {
    const other = await modelWith(runs, 'another end', 'chat_template.jinja', (text) =>
      text.replaceAll('<|im_end|>', '<|im_start|>'),
    );
    expect(
      await problems(runs.recipe('output', { model: { pretrained_model_name_or_path: other } })),
    ).toEqual([]);
  });

  test('with two bos tokens at the start of a row is refused', async () => {
    const bos = await modelWith(runs, 'bos', 'tokenizer_config.json', (text) =>
      JSON.stringify({ ...(JSON.parse(text) as object), bos_token: '<|im_start|>' }),
    );
    const file = await runs.rows('bos', [{ text: '<|im_start|><|im_start|>hello' }]);
    expect(
      (
        await problems(
          runs.recipe('output', {
            model: { pretrained_model_name_or_path: bos },
            dataset: { path_or_dataset_id: file },
          }),
        )
      )[0],
    ).toBe('labels error: the row starts with two bos tokens');
  });
});
