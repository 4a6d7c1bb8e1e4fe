// A command that several processes share: how many have to be started here, and what all but the
// first show.
import { AutomodelError } from '@automodel/core';
import { recognizeLauncher } from '@automodel/distributed';
import { expect, test } from 'vitest';
import { causeOf } from '../src/ranks/cause-of.js';
import { placesHere } from '../src/ranks/places-here.js';
import { quietStreams } from '../src/ranks/quiet-streams.js';
import { cliIn, typed } from './support/cli-in.js';
import { recordingStreams } from './support/recording-streams.js';
import { tinyRoot } from './support/tiny-root.js';

const root = tinyRoot();
const torchrun = { RANK: '1', WORLD_SIZE: '2', MASTER_ADDR: 'first', MASTER_PORT: '1' };
const trainer = { PET_NNODES: '2', PET_NODE_RANK: '1', PET_MASTER_ADDR: 'a', PET_MASTER_PORT: '7' };
const places = (environment: Record<string, string>, wanted?: number): unknown =>
  placesHere(recognizeLauncher(environment), wanted);

test('starts as many as the user or the launcher of the machine says', () => {
  expect(places({})).toBeUndefined();
  expect(places({}, 1)).toBeUndefined();
  expect(places({}, 3)).toEqual({ count: 3 });
  expect(places(torchrun)).toBeUndefined();
  const ofNode = { nodes: { size: 2, rank: 1 }, address: { host: 'a', port: 7 } };
  expect(places(trainer)).toEqual({ count: 1, ...ofNode });
  expect(places(trainer, 4)).toEqual({ count: 4, ...ofNode });
  expect(places({ ...trainer, PET_NPROC_PER_NODE: '2' })).toEqual({ count: 2, ...ofNode });
  expect(places({ ...trainer, PET_NNODES: '1', PET_NODE_RANK: '0' })).toBeUndefined();
});

test('starts more beside a process that is the only one of its machine', () => {
  const alone = { ...torchrun, LOCAL_RANK: '0', LOCAL_WORLD_SIZE: '1' };
  expect(places(alone, 3)).toEqual({
    count: 3,
    nodes: { size: 2, rank: 1 },
    address: { host: 'first', port: 1 },
  });
  expect(places({ ...torchrun, RANK: '0', WORLD_SIZE: '1' }, 3)).toEqual({ count: 3 });
  const openMpi = {
    ...{ OMPI_COMM_WORLD_RANK: '0', OMPI_COMM_WORLD_SIZE: '2' },
    ...{ OMPI_COMM_WORLD_LOCAL_RANK: '0', OMPI_COMM_WORLD_LOCAL_SIZE: '1' },
  };
  expect(() => places(openMpi, 3)).toThrow('Open MPI does not say where rank 0 is');
});

test('refuses to start more than the launcher says', async () => {
  expect(() => places({ ...trainer, PET_NPROC_PER_NODE: '2' }, 4)).toThrow(
    'Kubeflow (PET_*) says 2 processes a machine, --nproc-per-node says 4',
  );
  const { code, err } = await cliIn(root(), typed`bench model --nproc-per-node 2`, {
    environment: torchrun,
  });
  expect(code).toBe(2);
  expect(err).toBe(
    'error: torchrun (RANK, WORLD_SIZE) has started this process as rank 1 of 2 (leave out ' +
      '--nproc-per-node, or let it start one process on each machine)\n',
  );
});

test('what all find out by themselves is the error of each', () => {
  const own = new AutomodelError('not-finite', 'step 3: loss is NaN', { hint: 'lower it' });
  const lost = (message: string): AbortSignal =>
    AbortSignal.abort(new AutomodelError('network', message));
  expect(causeOf(own, undefined)).toBe(own);
  expect(causeOf(own, new AbortController().signal)).toBe(own);
  expect(causeOf(own, lost(`rank 1 (there): ${own.message}`))).toBe(own);
  const other = lost('rank 1 (there): the disk is full');
  expect(causeOf(own, other)).toBe(other.reason);
  expect(causeOf(new Error('stopped'), other)).toBe(other.reason);
});

test('ranks other than the first show warnings and nothing else', () => {
  const streams = recordingStreams();
  const { out, err } = quietStreams(streams);
  out.write('the result\n');
  out.writeExact('{}\n');
  err.write('step 1\n');
  err.write('warning: a row\n');
  expect(streams.written).toEqual({ out: '', err: 'warning: a row\n' });
});
