import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slurmScript, type SlurmJob } from '../../src/index.js';
import { missingSlurm, NODES, PrivateSlurm } from './support/private-slurm.js';

const job: SlurmJob = {
  name: 'tickets',
  nodes: 2,
  processes: 2,
  command: ['automodel', 'finetune', "it's a recipe.yaml", '--resume', 'auto'],
  directory: '/shared/tickets',
  runFolder: '/shared/tickets/out',
  graceSeconds: 120,
  setup: [],
  sbatchOptions: [],
  srunOptions: [],
};

const headOf = (script: string): string[] =>
  script.split('\n').filter((line) => line.startsWith('#SBATCH'));

test('the head of the script says what was asked for, the rest is left to the cluster', () => {
  expect(headOf(slurmScript(job))).toEqual([
    '#SBATCH --job-name=tickets',
    '#SBATCH --nodes=2',
    '#SBATCH --ntasks-per-node=2',
    '#SBATCH --output=/shared/tickets/%x-%j.log',
    '#SBATCH --open-mode=append',
    '#SBATCH --requeue',
    '#SBATCH --signal=TERM@120',
  ]);
  const all = slurmScript({
    ...job,
    ...{ cpus: 8, memory: { amount: 64, unit: 'G' }, gpus: 4, time: '4:00:00' },
    ...{ partition: 'long', account: 'team', log: 'a "log" %j.txt', graceSeconds: 9 },
    ...{ sbatchOptions: ['--constraint=[a|b]'], srunOptions: ['--label'], mpi: 'pmix' },
  });
  expect(headOf(all)).toEqual([
    '#SBATCH --job-name=tickets',
    '#SBATCH --nodes=2',
    '#SBATCH --ntasks-per-node=2',
    '#SBATCH --cpus-per-task=8',
    '#SBATCH --mem=64G',
    '#SBATCH --gpus-per-node=4',
    '#SBATCH --time=4:00:00',
    '#SBATCH --partition=long',
    '#SBATCH --account=team',
    '#SBATCH "--output=/shared/tickets/a \\"log\\" %j.txt"',
    '#SBATCH --open-mode=append',
    '#SBATCH --requeue',
    '#SBATCH --signal=TERM@9',
    '#SBATCH --constraint=[a|b]',
  ]);
  expect(all).toContain(
    'srun --nodes=2 --ntasks=4 --ntasks-per-node=2 --cpus-per-task=8 --mpi=pmix --label -- ' +
      "automodel finetune 'it'\\''s a recipe.yaml' --resume auto\n",
  );
});

test.each([
  { name: 'My Run' },
  { partition: 'a\nrm -rf b' },
  { directory: '/shared\n' },
  { directory: '/a\\b' },
  { setup: ['module load node\nrm b'] },
  { command: ['a\u0007'] },
])('refuses %j', (changes) => {
  expect(() => slurmScript({ ...job, ...changes })).toThrow(
    /not a valid name|control character|backslash/,
  );
});

const missing = missingSlurm();
if (missing !== undefined) console.info(`scripts are not run under Slurm: ${missing}`);

describe.runIf(missing === undefined)('under Slurm, on two nodes', { timeout: 180_000 }, () => {
  // names that a script has to quote, and a pattern of Slurm that is none
  const root = join(mkdtempSync(join(tmpdir(), 'slurm-')), `it's "100%j" $HOME work`);
  const runFolder = join(root, 'run folder');
  let slurm: PrivateSlurm;
  beforeAll(async () => {
    mkdirSync(root);
    slurm = await PrivateSlurm.start();
  }, 60_000);
  afterAll(() => slurm.stop(), 60_000);

  /** Runs `program` as every rank; each may write files. Returns the number of the job. */
  function submit(name: string, program: string, changes: Partial<SlurmJob> = {}): string {
    writeFileSync(join(root, `${name}.mjs`), program);
    const command = [process.execPath, `${name}.mjs`, name, `two "words" of 'one' $HOME`];
    const script = slurmScript({ ...job, ...changes, name, directory: root, runFolder, command });
    expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' }).stderr).toBe('');
    return slurm.submit(script, root);
  }

  test('each rank gets its place, the meeting point, the secret and its words', async () => {
    const program = `
      import { readFileSync, statSync, writeFileSync } from 'node:fs';
      const { env } = process;
      const file = env.AUTOMODEL_RENDEZVOUS_SECRET_FILE;
      const facts = { env, words: process.argv.slice(2), secret: readFileSync(file, 'utf8'),
        mode: statSync(file).mode & 0o777, directory: process.cwd() };
      writeFileSync(\`rank-\${env.SLURM_PROCID}.json\`, JSON.stringify(facts));`;
    const number = submit('places', program, { cpus: 2, setup: ['export FROM_SETUP="a b"'] });
    await slurm.ended(number);
    expect(slurm.stateOf(number)).toMatchObject({ state: 'COMPLETED', code: '0:0' });
    const ranks = [0, 1, 2, 3].map(
      (rank) => JSON.parse(readFileSync(join(root, `rank-${rank}.json`), 'utf8')) as Facts,
    );
    expect(new Set(ranks.map(({ secret }) => secret)).size).toBe(1);
    ranks.forEach(({ env, secret, ...rest }, rank) => {
      expect(secret).toMatch(/^[0-9a-f]{64}$/);
      expect(rest).toEqual({
        words: ['places', `two "words" of 'one' $HOME`],
        mode: 0o600,
        directory: root,
      });
      expect(env).toMatchObject({
        SLURM_STEP_ID: '0',
        SLURM_STEP_NUM_TASKS: '4',
        SLURM_STEP_NODELIST: NODES.join(','),
        SLURM_PROCID: String(rank),
        SLURM_LOCALID: String(rank % 2),
        SLURM_NODEID: String(Math.floor(rank / 2)),
        SLURM_CPUS_PER_TASK: '2',
        MASTER_ADDR: NODES[0],
        MASTER_PORT: String(20_000 + Number(number)),
        FROM_SETUP: 'a b',
      });
    });
    expect(readdirSync(runFolder)).toEqual([]);
  });

  interface Facts {
    readonly env: Readonly<Record<string, string>>;
    readonly words: readonly string[];
    readonly secret: string;
    readonly mode: number;
    readonly directory: string;
  }

  test('the code of a run that fails is that of the job, which stays ended', async () => {
    const number = submit('failing', 'process.exit(2);');
    await slurm.ended(number);
    expect(slurm.stateOf(number)).toEqual({ state: 'FAILED', code: '2:0', restarts: '0' });
    expect(readdirSync(root)).toContain(`failing-${number}.log`);
    expect(readdirSync(runFolder)).toEqual([]);
  });

  /** Says that it runs, and ends with 143 when it is told to, as a run that has saved does. */
  const STOPPABLE = `
    import { appendFileSync } from 'node:fs';
    const [name] = process.argv.slice(2);
    process.on('SIGTERM', () => process.exit(143));
    appendFileSync(\`\${name}.started\`, 'x');
    setInterval(() => undefined, 1000);`;

  const started = (name: string): Promise<void> =>
    slurm.until(() => {
      const file = `${name}.started`;
      return readdirSync(root).includes(file) && readFileSync(join(root, file)).length === 4;
    });

  test('a run that was told to stop before its time is up is queued again', async () => {
    const number = submit('stopped', STOPPABLE);
    await started('stopped');
    slurm.ask('scancel', '--signal=TERM', number); // as Slurm does by --signal=TERM@120
    await slurm.until(() => slurm.stateOf(number).restarts === '1');
    await slurm.until(() => slurm.stateOf(number).state === 'PENDING');
    expect(readdirSync(runFolder)).toEqual([]);
    slurm.ask('scancel', number);
  });

  test('a job that is cancelled stays cancelled', async () => {
    const number = submit('cancelled', STOPPABLE);
    await started('cancelled');
    slurm.ask('scancel', number);
    await slurm.ended(number);
    await slurm.until(() => readdirSync(runFolder).length === 0);
    expect(slurm.stateOf(number)).toMatchObject({ state: 'CANCELLED', restarts: '0' });
  });
});
