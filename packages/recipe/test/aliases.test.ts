// Names of a recipe's types: ours, Python's in full, or the last parts of one, and never the end of
// a word.
import { expect, test } from 'vitest';
import { resolveType } from '../src/aliases/resolve-type.js';
import { TARGETS, type TargetKind } from '../src/schema/sections/targets.js';

test.each<[TargetKind, string, string]>([
  ['optimizer', 'adamw', 'adamw'],
  ['optimizer', 'torch.optim.AdamW', 'adamw'],
  ['optimizer', 'AdamW', 'adamw'],
  ['optimizer', 'torch.optim.Adam', 'adam'],
  ['optimizer', 'adam.Adam', 'adam'],
  ['optimizer', 'torch.optim.SGD', 'sgd'],
  ['dataset', 'ChatDataset', 'chat'],
  ['dataset', 'make_squad_dataset', 'squad'],
  ['dataset', 'HellaSwag', 'hellaswag'],
  ['dataset', 'make_xlam_dataset', 'xlam'],
  ['dataset', 'ColumnMappedTextInstructionDataset', 'column_mapped'],
  ['dataset', 'ColumnMappedTextInstructionIterableDataset', 'column_mapped_iterable'],
  ['model', 'NeMoAutoModelForCausalLM.from_pretrained', 'causal_lm'],
  ['model', 'nemo_automodel.NeMoAutoModelForCausalLM.from_config', 'causal_lm_from_config'],
  ['adapter', 'PeftConfig', 'lora'],
])('%s %s is %s', (kind, written, name) => {
  expect(resolveType(kind, written)).toEqual({ name });
});

test.each<[TargetKind, string]>([
  ['optimizer', 'W'],
  ['optimizer', 'amW'],
  ['dataset', 'Dataset'],
  ['dataset', 'dataset'],
  ['model', 'LM.from_pretrained'],
  ['model', 'adamw'],
])('%s %s is unknown', (kind, written) => {
  expect(resolveType(kind, written)).toMatchObject({
    problem: expect.stringContaining(`unknown ${kind} type "${written}"`) as string,
    unsupported: false,
  });
});

test('a name that NeMo knows and that does not work here is refused with its reason', () => {
  expect(resolveType('optimizer', 'dion.Muon')).toEqual({
    problem: 'Muon is not supported: use adamw or sgd',
    unsupported: true,
  });
});

test('no Python name stands for two of ours, or is both known and refused', () => {
  for (const { known, refused } of Object.values(TARGETS)) {
    const names = [...Object.values(known).flat(), ...Object.keys(refused)];
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  }
});
