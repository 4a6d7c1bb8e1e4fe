// Keys of other tools are answered with ours, and each of these exists.
import { expect, test } from 'vitest';
import { meantKey, OTHER_TOOLS } from '../src/issues/other-tools.js';
import { recipeJsonSchema } from '../src/index.js';
import { MINIMAL, parse, refusal } from './support.js';

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly anyOf?: readonly Node[];
}

const inside = (node: Node | undefined, key: string): Node | undefined =>
  node?.properties?.[key] ??
  node?.anyOf?.find(({ properties }) => properties?.[key])?.properties?.[key];

test.each([...new Set(OTHER_TOOLS.values())])('%s is a key of recipes', (path) => {
  const found = path.split('.').reduce<Node | undefined>(inside, recipeJsonSchema() as Node);
  expect(found).toBeDefined();
});

test.each([
  ['learning_rate', 'optimizer', 'lr'],
  ['learningRate', 'optimizer', 'lr'],
  ['learning-rate', '', 'optimizer.lr'],
  ['num_train_epochs', 'optimizer', 'step_scheduler.num_epochs'],
  ['lora_r', 'peft', 'dim'],
  ['max_seq_length', 'model', 'dataset.seq_length'],
  ['colour', 'optimizer', undefined],
])('%s in %s is %s', (key, section, meant) => {
  expect(meantKey(key, section)).toBe(meant);
});

test('an unknown key of a recipe is answered with it', () => {
  expect(refusal(() => parse(`${MINIMAL}\nlearning_rate: 1\n`))).toContain(
    'did you mean optimizer.lr?',
  );
});

test('all mistakes are there, in the order of the file', () => {
  try {
    parse(`${MINIMAL}\nseed: fast\nstep_scheduler: {epochs: 3}\nprecision: bf17\n`);
    expect.unreachable();
  } catch (error) {
    const { all, message } = error as { all: readonly Error[]; message: string };
    expect(all.map((each) => each.message.replace(/:? .*/, ''))).toHaveLength(3);
    expect(all.map((each) => /r\.yaml:(\d+)/.exec(each.message)?.[1])).toEqual(['8', '9', '10']);
    expect(message).toBe(all[0]?.message);
  }
});
