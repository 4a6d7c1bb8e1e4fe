// Operands of one op are lists, never arguments of a call, of which there may be about 100,000.
import { expect, it } from 'vitest';
import { NameList } from '../../src/ops/support/name-list.js';
import { releaseStep } from '../../src/plan/release-step.js';
import { newStorage, type DraftRef, type DraftStep } from '../../src/plan/draft-plan.js';

const COUNT = 200_000;

it('lists any number of operands by name', () => {
  const values = Array.from({ length: COUNT }, (_, i) => i);
  const operands = new NameList('all_reduce', 'operand', ['first', '...others']);
  const [first, ...others] = values;
  expect(operands.listed({ first, others }, COUNT)).toEqual(values);
});

it('finds the first reader of any number of results of one step on another stream', () => {
  const refs = Array.from({ length: COUNT }, (_, value): DraftRef => ({
    storage: newStorage('transient', 4),
    value,
    dtype: 'f32',
    shape: [1],
    strides: [1],
    offset: 0,
  }));
  const compute: DraftStep = {
    op: 'copy',
    inputs: [],
    outputs: [],
    attrs: {},
    overwrites: [],
    workspaceBytes: 0,
    phase: 'forward',
    scope: '',
    stream: 'compute',
    flops: 0,
    bytes: 0,
  };
  const steps = [
    { ...compute, op: 'all_reduce', outputs: refs, stream: 'comm' as const },
    compute,
    { ...compute, inputs: refs.slice(-1) },
    compute,
  ];
  const release = releaseStep(steps, (ref) => ref.storage);
  expect(release(0)).toBe(1);
});
