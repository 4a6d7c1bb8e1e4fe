// Slurm's short forms.
import { expect, test } from 'vitest';
import { firstHost, tasksOfNode } from '../../src/launchers/slurm-lists.js';

test.each([
  ['node1', 'node1'],
  ['node1,node2', 'node1'],
  ['gpu[07-09,12],login', 'gpu07'],
  ['gpu[12,07-09]', 'gpu12'],
  ['rack[1-2]n5', 'rack1n5'],
])('the first host of %s', (list, host) => {
  expect(firstHost(list)).toBe(host);
});

test('tasks by node', () => {
  expect([0, 1, 2, 3].map((node) => tasksOfNode('4(x2),3', node))).toEqual([4, 4, 3, undefined]);
});
