// A Slurm of this machine's own, for as long as a test runs: a controller and two nodes in a
// temporary folder, on free ports, without munge and without the machine's configuration.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Why no Slurm can be started here; undefined: one can. */
export function missingSlurm(): string | undefined {
  if (process.getuid?.() !== 0) return 'slurmd has to be started by root';
  const missing = ['slurmctld', 'slurmd', 'sbatch', 'srun'].filter(
    (program) => spawnSync(program, ['-V']).error !== undefined,
  );
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

/** The first one, in the order of names too, is this machine: ranks meet there. */
export const NODES = [hostname(), `${hostname()}x`];

const configuration = (folder: string, [controller, ...nodes]: readonly number[]): string => `
ClusterName=test
SlurmctldHost=localhost
SlurmctldPort=${controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/none
CredType=cred/none
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool-%n
SlurmctldPidFile=${folder}/controller.pid
SlurmdPidFile=${folder}/%n.pid
SlurmctldLogFile=${folder}/controller.log
SlurmdLogFile=${folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1
KillWait=10
NodeName=${NODES.join(',')} NodeHostname=${hostname()} \\
  NodeAddr=127.0.0.1 Port=${nodes.join(',')} CPUs=4
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;

export class PrivateSlurm {
  /** For whatever talks to this Slurm. */
  readonly environment: NodeJS.ProcessEnv;
  readonly #folder: string;
  readonly #daemons: readonly ChildProcess[];

  private constructor(folder: string) {
    this.#folder = folder;
    this.environment = { ...process.env, SLURM_CONF: join(folder, 'slurm.conf') };
    const start = (program: string, ...words: string[]): ChildProcess =>
      spawn(program, ['-D', ...words], { env: this.environment, stdio: 'ignore' });
    this.#daemons = [start('slurmctld'), ...NODES.map((name) => start('slurmd', '-N', name))];
  }

  /** Returns when both nodes can be given work. */
  static async start(): Promise<PrivateSlurm> {
    // the path of a socket has at most 107 bytes, and folders for temporary files may be deep
    const folder = mkdtempSync('/tmp/slurm-');
    mkdirSync(join(folder, 'state'));
    const ports = await freePorts(1 + NODES.length);
    writeFileSync(join(folder, 'slurm.conf'), configuration(folder, ports));
    const slurm = new PrivateSlurm(folder);
    try {
      await slurm.until(() => slurm.ask('sinfo', '--noheader', '--format=%T %D') === 'idle 2');
    } catch (error) {
      await slurm.#end();
      throw error;
    }
    return slurm;
  }

  /** What a program answers, without spaces around it; failures are empty. */
  ask(program: string, ...words: string[]): string {
    const { stdout } = spawnSync(program, words, { env: this.environment, encoding: 'utf8' });
    return stdout.trim();
  }

  /** Hands a script in; returns the job's number. */
  submit(script: string, directory: string): string {
    const { stdout, stderr } = spawnSync('sbatch', {
      input: script,
      cwd: directory,
      env: this.environment,
      encoding: 'utf8',
    });
    const [, job] = /Submitted batch job (\d+)/.exec(stdout) ?? [];
    if (job === undefined) throw new Error(`sbatch: ${stderr}`);
    return job;
  }

  /** `COMPLETED`, `FAILED`...; the code is that of the script. */
  stateOf(job: string): {
    readonly state: string;
    readonly code: string;
    readonly restarts: string;
  } {
    const shown = this.ask('scontrol', 'show', 'job', job);
    const field = (name: string): string => new RegExp(`${name}=(\\S+)`).exec(shown)?.[1] ?? '';
    return { state: field('JobState'), code: field('ExitCode'), restarts: field('Restarts') };
  }

  /** Looks every tenth of a second. Errors: after a minute, with what the controller wrote. */
  async until(isTrue: () => boolean): Promise<void> {
    const end = Date.now() + 60_000;
    while (!isTrue()) {
      if (Date.now() > end)
        throw new Error(readFileSync(join(this.#folder, 'controller.log'), 'utf8'));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async ended(job: string): Promise<void> {
    await this.until(() => /COMPLETED|FAILED|CANCELLED|TIMEOUT/.test(this.stateOf(job).state));
  }

  /** Ends its jobs too: what a test that failed has left. */
  async stop(): Promise<void> {
    this.ask('scancel', '--user=root');
    await this.until(() => this.ask('squeue', '--noheader') === '');
    await this.#end();
  }

  async #end(): Promise<void> {
    const gone = this.#daemons.map(
      (daemon) => new Promise<void>((resolve) => daemon.once('exit', () => resolve())),
    );
    for (const daemon of this.#daemons) daemon.kill('SIGTERM');
    await Promise.all(gone);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
