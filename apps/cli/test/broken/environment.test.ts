// What surrounds the process: rights, room, libraries, variables, other runs. Each case is a
// process of its own, as a user starts it.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repository } from '../support/tiny-folder.js';
import { SandboxMaker, type Sandbox } from './support/sandbox.js';

interface Setting {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Shell words before the command, such as a limit. */
  readonly shell?: string;
  /** A program that runs the command. */
  readonly wrapper?: string;
  readonly argv?: readonly string[];
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(
  at: Sandbox,
  { environment = {}, shell = '', wrapper = '', argv = ['finetune', 'recipe.yaml'] }: Setting = {},
): Promise<Ended> {
  const words = [
    '--import',
    join(repository, 'node_modules/tsx/dist/loader.mjs'),
    '--conditions=@automodel/source',
    join(repository, 'apps/cli/src/main.ts'),
    ...argv,
  ];
  const command = `${shell} exec ${wrapper} "$0" "$@"`;
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', command, process.execPath, ...words], {
      cwd: at.root,
      env: { ...process.env, AUTOMODEL_CACHE: at.path('cache'), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

/** The one line, without the folder. */
const lineOf = ({ err }: Ended, at: Sandbox): string =>
  err.trimEnd().split('\n').at(-1)!.replaceAll(`${at.root}/`, '');

const isRoot = process.getuid?.() === 0;

describe('the surroundings', () => {
  let maker: SandboxMaker;
  beforeAll(async () => {
    maker = await SandboxMaker.create();
    chmodSync(maker.base, 0o755);
  });
  afterAll(() => maker.close());

  /**
   * Runs as somebody without rights: the user who runs the tests, or root without its capability to
   * bypass permissions.
   */
  const asSomebody = (at: Sandbox): Setting => ({
    ...(isRoot ? { wrapper: 'setpriv --bounding-set=-dac_override,-dac_read_search' } : {}),
    environment: { HOME: at.root, TMPDIR: at.root },
  });

  test('an output folder that may not be written is refused before the data is read', async () => {
    const at = maker.make();
    const setting = asSomebody(at);
    const scratch = at.path('scratch'); // the loader of TypeScript sources writes there
    mkdirSync(scratch);
    chmodSync(at.root, 0o555);
    const ended = await start(at, {
      ...setting,
      environment: { ...setting.environment, TMPDIR: scratch },
    });
    chmodSync(at.root, 0o755);
    expect({ code: ended.code, err: ended.err.replaceAll(at.root, '.') }).toEqual({
      code: 2,
      err: 'error: .: this folder cannot be written (choose another checkpoint.checkpoint_dir)\n',
    });
  });

  test('weights and data that may not be read are named', async () => {
    const at = maker.make();
    const setting = asSomebody(at);
    chmodSync(at.path('model/model.safetensors'), 0);
    const weights = await start(at, setting);
    expect(weights.code).toBe(2);
    expect(lineOf(weights, at)).toMatch(
      /^error: model\/model\.safetensors: EACCES: permission denied/,
    );
    chmodSync(at.path('model/model.safetensors'), 0o644);
    chmodSync(at.path('rows.jsonl'), 0);
    const rows = await start(at, setting);
    expect(rows.code).toBe(2);
    expect(lineOf(rows, at)).toMatch(/^error: rows\.jsonl: .*(EACCES|permission denied)/);
  });

  test(
    'a native library that is not there, or none, is named; so is an instruction set that is ' +
      'not known',
    async () => {
      const at = maker.make();
      at.write('garbage.so', 'not a library');
      const [missing, garbage, isa] = [
        await start(at, { environment: { AUTOMODEL_CPU_LIBRARY: at.path('absent.so') } }),
        await start(at, { environment: { AUTOMODEL_CPU_LIBRARY: at.path('garbage.so') } }),
        await start(at, { environment: { AUTOMODEL_CPU_ISA: 'avx1024' } }),
      ];
      expect([missing.code, garbage.code, isa.code]).toEqual([2, 2, 2]);
      expect(lineOf(missing, at)).toMatch(/^error: .*absent\.so/);
      expect(lineOf(garbage, at)).toMatch(/^error: .*garbage\.so/);
      expect(lineOf(isa, at)).toMatch(/^error: .*avx1024/);
      for (const { err } of [missing, garbage, isa])
        expect(err.trimEnd().split('\n')).toHaveLength(1);
      expect(readdirSync(at.root)).not.toContain('out');
    },
  );

  test('a file beyond its limit ends the run with a line, and leaves no result', async () => {
    const at = maker.make();
    const ended = await start(at, { shell: 'trap "" XFSZ; ulimit -f 200;' });
    expect(ended.code).toBe(2);
    expect(lineOf(ended, at)).toMatch(/^error: out.*(file too large|EFBIG)/i);
    expect(
      readdirSync(at.path('out')).filter((name) => /safetensors|^config\.json/.test(name)),
    ).toEqual([]);
  });

  test('a full disk ends the run with a line, and leaves no result', async ({ skip }) => {
    const at = maker.make();
    mkdirSync(at.path('small'));
    if (
      spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'tmpfs', at.path('small')]).status !== 0
    )
      return skip('no right to mount a small file system');
    try {
      at.recipe('  checkpoint_dir: small/out', '  checkpoint_dir: out');
      const ended = await start(at);
      expect(ended.code).toBe(2);
      expect(lineOf(ended, at)).toMatch(/^error: small\/out.*no space left/);
      expect(
        readdirSync(at.path('small/out')).filter((name) => /safetensors|^config\.json/.test(name)),
      ).toEqual([]);
    } finally {
      spawnSync('umount', [at.path('small')]);
    }
  });

  test(
    'an id without network says what to do; no HOME, no folder for temporary files and another ' +
      'language change nothing',
    async () => {
      const at = maker.make();
      const offline = await start(at, {
        environment: { HF_HUB_OFFLINE: '1', HF_HOME: at.path('hub') },
        argv: ['finetune', 'recipe.yaml', '--model', 'org/absent'],
      });
      expect(offline.code).toBe(2);
      expect(lineOf(offline, at)).toMatch(/^error: .*org\/absent.*HF_HUB_OFFLINE/);
      const bare = await start(at, {
        environment: {
          HOME: undefined,
          TMPDIR: at.path('absent'),
          LC_ALL: 'tr_TR.UTF-8',
          TZ: 'Pacific/Chatham',
        },
      });
      expect(bare.code).toBe(0);
    },
  );

  test('two runs into one folder: one ends with a line', async () => {
    const at = maker.make();
    at.recipe('  max_steps: 400', '  max_steps: 2');
    const [first, second] = await Promise.all([start(at), start(at)]);
    const refused = [first, second].filter(({ code }) => code !== 0);
    expect(refused.map(({ code }) => code)).toEqual([2]);
    expect(lineOf(refused[0]!, at)).toMatch(/^error: out.*(another run|empty|in use|process)/);
  });
});
