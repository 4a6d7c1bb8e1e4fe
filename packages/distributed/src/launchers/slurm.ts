// Steps of Slurm: processes that srun started. The shell of sbatch or salloc has SLURM_PROCID too,
// but no step, and is alone. Sources: srun(1), "OUTPUT ENVIRONMENT VARIABLES";
// Lightning-AI/pytorch-lightning#20776.
import { masterIn, numberIn, ranksIn, type Environment, type Launcher } from './launcher.js';
import { portOf } from './local-master.js';
import { firstHost, tasksOfNode } from './slurm-lists.js';

export const slurm: Launcher = {
  name: 'Slurm',
  recognize(environment) {
    const step = environment['SLURM_STEP_ID'];
    if (step === undefined || isOfDaemons(environment)) return undefined;
    const size =
      environment['SLURM_STEP_NUM_TASKS'] === undefined ? 'SLURM_NTASKS' : 'SLURM_STEP_NUM_TASKS';
    const ranks = ranksIn(environment, 'SLURM_PROCID', size);
    if (ranks === undefined || isShell(environment)) return undefined;
    const nodes = environment['SLURM_STEP_NODELIST'] ?? environment['SLURM_JOB_NODELIST'];
    const job = `${environment['SLURM_JOB_ID'] ?? ''}.${step}`;
    const given = masterIn(environment);
    const host = given?.host ?? (nodes === undefined ? undefined : firstHost(nodes));
    const port = given?.port ?? numberIn(environment, 'MASTER_PORT') ?? portOf(job);
    return {
      kind: 'rank',
      ...ranks,
      local: localIn(environment),
      master: host === undefined ? undefined : { host, port },
    };
  },
};

/** Numbers of steps from here on are not of srun: the batch script, the shell of salloc. */
const SPECIAL_STEPS = 0xfffffff0;

/** A shell, also one of `srun --pty`: a step of one task in an allocation of several. */
const isShell = (environment: Environment): boolean =>
  environment['SLURM_STEP_NUM_TASKS'] === '1' ||
  Number(environment['SLURM_STEP_ID']) >= SPECIAL_STEPS;

/**
 * An mpirun inside of an allocation starts one daemon of its own on each node by a step, whose
 * variables its ranks inherit.
 */
function isOfDaemons(environment: Environment): boolean {
  const byMpi = environment['OMPI_COMM_WORLD_SIZE'] ?? environment['PMI_SIZE'];
  const { SLURM_STEP_NUM_TASKS: tasks, SLURM_STEP_NUM_NODES: nodes } = environment;
  return byMpi !== undefined && tasks !== undefined && tasks === nodes;
}

function localIn(environment: Environment): { size: number; rank: number } | undefined {
  const rank = numberIn(environment, 'SLURM_LOCALID');
  const node = numberIn(environment, 'SLURM_NODEID');
  const tasks = environment['SLURM_STEP_TASKS_PER_NODE'] ?? environment['SLURM_TASKS_PER_NODE'];
  if (rank === undefined || node === undefined || tasks === undefined) return undefined;
  const size = tasksOfNode(tasks, node);
  return size === undefined || rank >= size ? undefined : { size, rank };
}
