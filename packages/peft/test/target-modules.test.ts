// Which modules a text means: NeMo's patterns, PEFT's names and expressions, and what is said when
// nothing matches.
import type { LinearModule } from '@automodel/contracts';
import { MatchingBudget } from '@automodel/data';
import { ADVERSARIAL_PATTERNS } from '@automodel/testing';
import { expect, test } from 'vitest';
import { matchingNames } from '../src/lora/name-pattern.js';
import { matchModules, targetNames } from '../src/lora/target-modules.js';

const module = (name: string): LinearModule => ({
  name,
  inFeatures: 4,
  outFeatures: 4,
  weight: `${name}.weight`,
  shape: [4, 4],
});
const MODULES = [0, 1].flatMap((i) =>
  ['self_attn.q_proj', 'self_attn.v_proj', 'self_attn.o_proj', 'mlp.up_proj', 'mlp.router'].map(
    (name) => module(`model.layers.${i}.${name}`),
  ),
);
const matched = (targets: string | string[], exclude?: string | string[]): string =>
  matchModules(MODULES, { targets, exclude })
    .map(({ name }) => name.replace('model.layers.', ''))
    .join(' ');

test.each<[string | string[], string]>([
  [
    '*_proj',
    '0.self_attn.q_proj 0.self_attn.v_proj 0.self_attn.o_proj 0.mlp.up_proj 1.self_attn.q_proj ' +
      '1.self_attn.v_proj 1.self_attn.o_proj 1.mlp.up_proj',
  ],
  [
    ['q_proj', 'v_proj'],
    '0.self_attn.q_proj 0.self_attn.v_proj 1.self_attn.q_proj 1.self_attn.v_proj',
  ],
  [['*.q_proj'], '0.self_attn.q_proj 1.self_attn.q_proj'],
  ['model.layers.*.self_attn.q_proj', '0.self_attn.q_proj 1.self_attn.q_proj'],
  ['model.layers.1.mlp.router', '1.mlp.router'],
  ['.*\\.1\\..*(q|o)_proj', '1.self_attn.q_proj 1.self_attn.o_proj'],
  ['.*layers\\.[0]\\.mlp\\..*', '0.mlp.up_proj 0.mlp.router'],
])('%j', (targets, expected) => {
  expect(matched(targets)).toBe(expected);
});

test('all-linear is everything, without the exclusions', () => {
  expect(matched('all-linear').split(' ')).toHaveLength(10);
  expect(matched('all-linear', ['*_proj'])).toBe('0.mlp.router 1.mlp.router');
  expect(matched('*_proj', 'self_attn.o_proj').split(' ')).toHaveLength(6);
});

test('nothing matched is an error that shows what there is', () => {
  expect(() => matched('k_proj')).toThrow(/target_modules "k_proj" matches no linear module/);
  expect(() => matched(['q_proj', 'proj'])).toThrow(/"proj" matches no linear module/);
  expect(() => matched('_proj')).toThrow(/matches no linear module/);
  expect(() => matched('embed_tokens')).toThrow(
    /names embed_tokens, which this model computes inside its graph/,
  );
  expect(() => matched(['model.lm_head'])).toThrow(/names lm_head/);
  expect(() => matched('all-linear', 'model*')).toThrow(/leaves no module/);
  expect(() => matched('(')).toThrow(/neither a pattern nor a regular expression/);
  try {
    matched('k_proj');
  } catch (error) {
    expect((error as { hint?: string }).hint).toBe(
      'linear modules: q_proj, v_proj, o_proj, up_proj, router; such as ' +
        'model.layers.0.self_attn.q_proj',
    );
  }
});

test('names are written as suffixes where those mean the same', () => {
  expect(targetNames(matchModules(MODULES, { targets: '*_proj' }), MODULES)).toEqual([
    'o_proj',
    'q_proj',
    'up_proj',
    'v_proj',
  ]);
  expect(targetNames(matchModules(MODULES, { targets: '*1*q_proj' }), MODULES)).toEqual([
    'model.layers.1.self_attn.q_proj',
  ]);
});

test('an expression that does not end is refused by its key, and one that is too large too', () => {
  const long = [module(`model.${'a'.repeat(3000)}`)];
  const refuse = (targets: string, exclude?: string) => () =>
    matchModules(long, { targets, exclude });
  expect(refuse('model.(h+h+|a+)+=')).toThrow(
    /^target_modules "model\.\(h\+h\+\|a\+\)\+=" was stopped after 0\.5 s/,
  );
  expect(refuse('all-linear', '(.*)(.*)(.*)(.*)(.*)=')).toThrow(/^exclude_modules .* was stopped/);
  expect(refuse(`${'a?'.repeat(40)}${'a'.repeat(40)}`)).toThrow(/more than 20 optional parts/);
});

test('expressions of one list use up one budget', () => {
  const long = [module(`model.${'a'.repeat(3000)}`)];
  const budget = new MatchingBudget(60, 0);
  const names = long.map(({ name }) => name);
  const match = () => matchingNames('model.(a+a+)+=', names, 'target_modules', budget);
  expect(match).toThrow(/was stopped after 0\.1 s/);
  // each takes some milliseconds
  const many = Array.from({ length: 1000 }, () => 'model.(a*)(a*)=');
  expect(() => matchModules(long, { targets: many })).toThrow(/was stopped/);
  expect(() => matchingNames('(model)(.*.*.*.*)=', names, 'target_modules', budget)).toThrow(
    /was stopped after 0\.0 s/,
  );
});

test('a long expression is shown by its beginning, and refused where it is too long', () => {
  expect(() => matched('('.repeat(1000))).toThrow(/^target_modules "\({200}"\.\.\. is neither/);
  expect(() => matched('(a)'.repeat(40_000))).toThrow(/has more than 100000 characters$/);
});

test('patterns with stars ask no engine', () => {
  const long = [module(`model.${'a'.repeat(3000)}`)];
  const stars = `${'*a'.repeat(200)}*b`;
  expect(() => matchModules(long, { targets: stars })).toThrow(/matches no linear module/);
  expect(matchModules(long, { targets: `${'*a'.repeat(200)}*` })).toEqual(long);
  expect(matched('.*q_proj')).toBe('0.self_attn.q_proj 1.self_attn.q_proj');
  expect(() => matched('*.q_projx')).toThrow(/matches no linear module/);
  expect(matched('model.layers.0*q_proj')).toBe('0.self_attn.q_proj');
});

test.each([...new Set(ADVERSARIAL_PATTERNS.map(({ kind }) => kind))])(
  'adversarial expressions are answered or refused: %s',
  (kind) => {
    for (const { pattern, text } of ADVERSARIAL_PATTERNS.filter((one) => one.kind === kind)) {
      const names = [text, 'model.layers.0.self_attn.q_proj'];
      let outcome = 'answered';
      try {
        matchingNames(pattern, names, 'target_modules', new MatchingBudget(10));
      } catch (error) {
        outcome = (error as Error).message;
      }
      expect(outcome, pattern).toMatch(
        /^answered$|was stopped|needs more|neither a pattern|has more than (20 optional|100000)/,
      );
    }
  },
);
