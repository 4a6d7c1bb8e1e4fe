// Each launcher is recognised by the variables that it sets; shells and pods that only look like it
// are not. The variables are those of the sources that the launchers' files name.
import { expect, test } from 'vitest';
import { LAUNCHERS, recognizeLauncher } from '../../src/launchers/recognize-launcher.js';

const torchrunWorker = {
  RANK: '3',
  WORLD_SIZE: '4',
  LOCAL_RANK: '1',
  LOCAL_WORLD_SIZE: '2',
  GROUP_RANK: '1',
  MASTER_ADDR: 'first',
  MASTER_PORT: '29400',
  TORCHELASTIC_RUN_ID: 'none',
  TORCHELASTIC_USE_AGENT_STORE: 'False',
};
const trainer = {
  PET_NNODES: '2',
  PET_NPROC_PER_NODE: '4',
  PET_NODE_RANK: '1',
  PET_MASTER_ADDR: 'job-node-0-0.job',
  PET_MASTER_PORT: '29400',
};
const pytorchJob = {
  ...trainer,
  RANK: '1',
  WORLD_SIZE: '8',
  MASTER_ADDR: 'job-master-0',
  MASTER_PORT: '23456',
};
const openMpi = {
  OMPI_COMM_WORLD_RANK: '2',
  OMPI_COMM_WORLD_SIZE: '4',
  OMPI_COMM_WORLD_LOCAL_RANK: '2',
  OMPI_COMM_WORLD_LOCAL_SIZE: '4',
  OMPI_COMM_WORLD_NODE_RANK: '2',
  OMPI_UNIVERSE_SIZE: '4',
  PMIX_RANK: '2',
  PMIX_NAMESPACE: '1234567',
};
const hydra = {
  PMI_RANK: '1',
  PMI_SIZE: '2',
  PMI_FD: '9',
  MPI_LOCALRANKID: '1',
  MPI_LOCALNRANKS: '2',
  MASTER_ADDR: '127.0.0.1',
  MASTER_PORT: '29400',
};
const batchScript = {
  SLURM_JOB_ID: '77',
  SLURM_PROCID: '0',
  SLURM_LOCALID: '0',
  SLURM_NODEID: '0',
  SLURM_NTASKS: '6',
  SLURM_JOB_NODELIST: 'gpu[07-09,12]',
  SLURM_TASKS_PER_NODE: '2(x3)',
};
const step = {
  ...batchScript,
  SLURM_STEP_ID: '0',
  SLURM_STEP_NUM_TASKS: '5',
  SLURM_STEP_NUM_NODES: '3',
  SLURM_STEP_NODELIST: 'gpu[08-09,12]',
  SLURM_STEP_TASKS_PER_NODE: '2(x2),1',
  SLURM_PROCID: '4',
  SLURM_NODEID: '2',
};
const leaderWorkerSet = {
  LWS_LEADER_ADDRESS: 'set-0.set',
  LWS_GROUP_SIZE: '3',
  LWS_WORKER_INDEX: '2',
};
const jobSet = { JOB_COMPLETION_INDEX: '1', NNODES: '2', MASTER_ADDR: 'set-workers-0-0.set' };

test.each([
  ['torchrun', torchrunWorker, { kind: 'rank', rank: 3, size: 4, local: { rank: 1, size: 2 } }],
  ['Trainer v2', trainer, { kind: 'node', nodes: { rank: 1, size: 2 }, processes: 4 }],
  ['PyTorchJob: RANK counts pods', pytorchJob, { kind: 'node', nodes: { rank: 1, size: 2 } }],
  ['torchrun in a pod of Trainer', { ...trainer, ...torchrunWorker, WORLD_SIZE: '8' }, { rank: 3 }],
  ['Open MPI', openMpi, { kind: 'rank', rank: 2, size: 4, local: { rank: 2, size: 4 } }],
  ['Hydra', hydra, { kind: 'rank', rank: 1, size: 2, local: { rank: 1, size: 2 } }],
  ['a step of Slurm', step, { kind: 'rank', rank: 4, size: 5, local: { rank: 0, size: 1 } }],
  ['LeaderWorkerSet', leaderWorkerSet, { kind: 'node', nodes: { rank: 2, size: 3 } }],
  ['JobSet', jobSet, { kind: 'node', nodes: { rank: 1, size: 2 }, processes: undefined }],
])('%s', (_, environment, expected) => {
  expect(recognizeLauncher(environment)).toMatchObject(expected);
});

test.each([
  ['no launcher', {}],
  ['the script of sbatch', batchScript],
  ['the shell of salloc', { ...batchScript, SLURM_STEP_ID: '4294967290' }],
  ['a shell by srun --pty', { ...step, SLURM_STEP_NUM_TASKS: '1', SLURM_PROCID: '0' }],
  ['an indexed Job by itself', { JOB_COMPLETION_INDEX: '1' }],
  ['a run of one process', { RANK: '0', WORLD_SIZE: '1' }],
  ['a single pod', { PET_NNODES: '1', PET_NPROC_PER_NODE: 'auto' }],
  ['a batch script that says how many nodes there are', { ...batchScript, NNODES: '3' }],
])('%s is no launcher of several processes', (_, environment) => {
  expect(recognizeLauncher(environment)).toBeUndefined();
});

test.each(['auto', 'cpu', 'gpu', ''])('PET_NPROC_PER_NODE %s is no number', (value) => {
  const found = recognizeLauncher({ ...trainer, PET_NPROC_PER_NODE: value });
  expect(found).toMatchObject({ kind: 'node', processes: undefined });
});

test('says where the first process is', () => {
  const masterOf = (environment: Record<string, string>): unknown =>
    recognizeLauncher(environment)?.master;
  expect(masterOf(torchrunWorker)).toEqual({ host: 'first', port: 29_400 });
  const withStore = { ...torchrunWorker, TORCHELASTIC_USE_AGENT_STORE: 'True' };
  expect(masterOf(withStore)).toEqual({ host: 'first', port: 29_401 });
  expect(masterOf(pytorchJob)).toEqual({ host: 'job-node-0-0.job', port: 29_400 });
  expect(masterOf(step)).toEqual({ host: 'gpu08', port: expect.any(Number) as number });
  expect(masterOf({ ...step, SLURM_STEP_ID: '1' })).not.toEqual(masterOf(step));
  expect(masterOf({ ...step, MASTER_ADDR: 'login', MASTER_PORT: '5' })).toEqual({
    host: 'login',
    port: 5,
  });
  expect(masterOf(openMpi)).toMatchObject({ host: '127.0.0.1' });
  expect(masterOf({ ...openMpi, OMPI_COMM_WORLD_LOCAL_SIZE: '3' })).toBeUndefined();
  expect(masterOf(leaderWorkerSet)).toEqual({ host: 'set-0.set', port: 29_500 });
});

test('the order: what stands further inside counts', () => {
  expect(LAUNCHERS.map(({ name }) => name)).toEqual([
    'Kubeflow (PET_*)',
    'torchrun (RANK, WORLD_SIZE)',
    'Open MPI',
    'MPICH (PMI)',
    'Slurm',
    'LeaderWorkerSet',
    'JobSet',
  ]);
  const inStep = { ...step, SLURM_STEP_NUM_TASKS: '4', SLURM_PROCID: '3' };
  expect(recognizeLauncher({ ...inStep, ...openMpi })?.launcher).toBe('Open MPI');
});

test('daemons of mpirun are a step of Slurm, and no ranks', () => {
  const daemons = { ...step, SLURM_STEP_NUM_TASKS: '3', SLURM_PROCID: '0' };
  expect(recognizeLauncher({ ...daemons, ...openMpi })).toMatchObject({ rank: 2, size: 4 });
});

test.each([
  [
    { ...openMpi, RANK: '0', WORLD_SIZE: '2', MASTER_ADDR: 'a' },
    'torchrun (RANK, WORLD_SIZE) says that 2 processes run, Open MPI says 4',
  ],
  [{ ...step, ...hydra, PMI_SIZE: '4' }, 'MPICH (PMI) says that 4 processes run, Slurm says 5'],
  [{ ...torchrunWorker, RANK: '4' }, 'RANK is 4 and WORLD_SIZE is 4'],
  [{ ...torchrunWorker, WORLD_SIZE: 'four' }, 'WORLD_SIZE is "four", not a whole number'],
  [{ ...trainer, PET_NNODES: '1:4' }, 'PET_NNODES is 1:4: a range of nodes'],
  [{ ...trainer, PET_NODE_RANK: '2' }, 'PET_NODE_RANK is 2 of 2 nodes'],
])('refuses what makes no sense', (environment, message) => {
  expect(() => recognizeLauncher(environment)).toThrow(message);
});

test.each([
  [{ RANK: '0' }, 'RANK is set, but WORLD_SIZE is not'],
  [{ WORLD_SIZE: '2', MASTER_ADDR: 'a' }, 'WORLD_SIZE is set, but RANK is not'],
  [{ RANK: '0', WORLD_SIZE: '2' }, 'RANK is set, but MASTER_ADDR is not'],
  [{ ...trainer, PET_NODE_RANK: '' }, 'PET_NNODES is set, but PET_NODE_RANK is not'],
  [{ LWS_GROUP_SIZE: '3', LWS_WORKER_INDEX: '1' }, 'but LWS_LEADER_ADDRESS is not'],
  [{ ...jobSet, MASTER_ADDR: '' }, 'NNODES is set, but MASTER_ADDR is not'],
])('refuses to run alone where variables are missing', (environment, message) => {
  expect(() => recognizeLauncher(environment)).toThrow(message);
});

test('variables for all ranks may stand beside those of a launcher', () => {
  const ofScript = { WORLD_SIZE: '5', MASTER_ADDR: 'gpu08', MASTER_PORT: '5' };
  expect(recognizeLauncher({ ...step, ...ofScript })).toMatchObject({ launcher: 'Slurm', rank: 4 });
});
