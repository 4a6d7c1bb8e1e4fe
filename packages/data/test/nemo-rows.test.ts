// Rows of SQuAD, HellaSwag and mapped columns against NeMo Automodel's: fixtures/nemo-rows.json was
// made with transformers 5.17 and the goldens' tokenizers, row by row as NeMo 0.5.0 builds them.
// NeMo shifts labels in the data set (inputs without the last token, labels without the first),
// HellaSwag's end with one that is ignored; here the training program shifts.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  loadDataset,
  parseRow,
  Tokenizer,
  tokenizeRow,
  type FormatOptions,
  type TokenizeOptions,
} from '../src/index.js';
import { tokenizerFolder, tokenizerNames } from './golden-tokenizers.js';

interface Row {
  readonly input_ids: readonly number[];
  readonly labels: readonly number[];
}
type Kind = 'squad' | 'squad_chat' | 'hellaswag' | 'column_mapped';
type Rows = readonly Record<string, unknown>[];
const fixture = JSON.parse(
  readFileSync(new URL('fixtures/nemo-rows.json', import.meta.url), 'utf8'),
) as {
  readonly squad: Rows;
  readonly hellaswag: Rows;
  readonly column_mapped: Rows;
  readonly tokenizers: Record<string, Record<Kind, readonly Row[]>>;
};

function built(
  tokenizer: Tokenizer,
  rows: Rows,
  format: FormatOptions,
  options: TokenizeOptions,
): readonly Row[] {
  return rows.map((row, i) => {
    const { sample } = tokenizeRow(
      tokenizer,
      parseRow(row, { file: 'rows', row: i + 1 }, format),
      options,
    );
    return { input_ids: [...sample.inputIds.slice(0, -1)], labels: [...sample.labels.slice(1)] };
  });
}

describe.each(tokenizerNames)('%s', (name) => {
  const expected = fixture.tokenizers[name]!;

  it('builds SQuAD rows without a chat template', async () => {
    const tokenizer = await Tokenizer.fromPretrained(tokenizerFolder(name));
    expect(built(tokenizer, fixture.squad, { type: 'squad' }, { useChatTemplate: false })).toEqual(
      expected.squad,
    );
  });

  it('builds HellaSwag rows', async () => {
    const tokenizer = await Tokenizer.fromPretrained(tokenizerFolder(name));
    const whole = expected.hellaswag.map((row) => ({
      input_ids: row.input_ids.slice(0, -1),
      labels: row.labels.slice(0, -1),
    }));
    expect(built(tokenizer, fixture.hellaswag, { type: 'hellaswag' }, {})).toEqual(whole);
  });

  it('builds rows of mapped columns', async () => {
    const tokenizer = await Tokenizer.fromPretrained(tokenizerFolder(name));
    const columns = { context: 'definition', question: 'inputs', answer: 'targets' };
    expect(built(tokenizer, fixture.column_mapped, { type: 'column_mapped', columns }, {})).toEqual(
      expected.column_mapped,
    );
  });
});

describe.each(tokenizerNames.filter((name) => fixture.tokenizers[name]!.squad_chat.length > 0))(
  '%s',
  (name) => {
    const expected = fixture.tokenizers[name]!.squad_chat;

    it('builds SQuAD rows with its chat template', async () => {
      const tokenizer = await Tokenizer.fromPretrained(tokenizerFolder(name));
      const rows = built(tokenizer, fixture.squad.slice(0, expected.length), { type: 'squad' }, {});
      expect(rows.map((row) => row.input_ids)).toEqual(expected.map((row) => row.input_ids));
      for (const [i, row] of rows.entries()) {
        // NeMo counts what the template writes before the answer, and after the token that ends it,
        // to the answer; here both are context.
        const theirs = expected[i]!.labels;
        const first = row.labels.findIndex((label) => label !== -100);
        const last = row.labels.findLastIndex((label) => label !== -100);
        expect(first).toBeGreaterThan(0);
        expect(row.labels).toEqual(
          theirs.map((label, at) => (at < first || at > last ? -100 : label)),
        );
        expect(row.labels.slice(first, last + 1)).not.toContain(-100);
      }
    });
  },
);

describe('an answer of one token that joins the space before it', () => {
  const row = { context: 'c', question: 'q', answers: { text: ['the'] } };

  it('has nothing to train in NeMo: left out and counted; with eos that is trained', async () => {
    const tokenizer = await Tokenizer.fromPretrained(tokenizerFolder('llama3'));
    const [only] = built(tokenizer, [row], { type: 'squad' }, { useChatTemplate: false });
    expect(only?.labels.every((label) => label === -100)).toBe(true);
    const file = join(mkdtempSync(join(tmpdir(), 'automodel-nemo-')), 'squad.jsonl');
    writeFileSync(file, [fixture.squad[0], row].map((each) => JSON.stringify(each)).join('\n'));
    const load = async (options: TokenizeOptions): Promise<unknown> =>
      (await loadDataset(tokenizer, file, { type: 'squad', useChatTemplate: false, ...options }))
        .report;
    expect(await load({})).toMatchObject({
      rows: 2,
      samples: 1,
      dropped: { count: 1, first: [{ file, row: 2 }] },
    });
    expect(await load({ appendEos: true })).toMatchObject({
      rows: 2,
      samples: 2,
      dropped: { count: 0 },
    });
    rmSync(dirname(file), { recursive: true });
  });
});
