import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cliIn, type CliResult } from './support/cli-in.js';

const script = (shell: string): Promise<CliResult> =>
  cliIn('/', ['completion', shell], { plugins: [] });

const hasBash = spawnSync('bash', ['--version']).status === 0;

describe.runIf(hasBash)('in bash', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'automodel-completion-'));
    await writeFile(join(root, 'completion.bash'), (await script('bash')).out);
    await writeFile(join(root, 'my recipe.yaml'), '');
    await mkdir(join(root, 'my-model'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  /** What is offered for the last of `words`. */
  function offered(...words: string[]): string[] {
    const run = spawnSync(
      'bash',
      [
        '-c',
        'source ./completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _automodel; printf ' +
          '"%s\\n" "${COMPREPLY[@]}"',
        'bash',
        'automodel',
        ...words,
      ],
      { cwd: root, encoding: 'utf8' },
    );
    expect(run.stderr).toBe('');
    return run.stdout.split('\n').filter((line) => line !== '');
  }

  test('commands, and recipes for the command that may be left out', () => {
    expect(offered('ben')).toEqual(['bench']);
    expect(offered('')).toEqual(
      expect.arrayContaining(['finetune', 'init', 'help', 'my recipe.yaml']),
    );
    expect(offered('help', 'doc')).toEqual(['doctor']);
  });

  test('options and the choices of their values', () => {
    expect(offered('generate', '--dt')).toEqual(['--dtype']);
    expect(offered('generate', '--dtype', '')).toEqual(['f32', 'bf16']);
    expect(offered('completion', 'z')).toEqual(['zsh']);
    expect(offered('generate', '--top-k', '')).toEqual([]);
    expect(offered('finetune', '--resume', '')).toEqual(['my-model', 'auto', 'latest', 'best']);
    expect(offered('finetune', '--checkpoint.restore_from', 'a')).toEqual(['auto']);
  });

  test('keys of a recipe, section by section, and their values', () => {
    expect(offered('finetune', 'r.yaml', '--optimizer.w')).toEqual(['--optimizer.weight_decay']);
    expect(offered('check', '--optimizer.')).toEqual(
      expect.arrayContaining(['--optimizer.type', '--optimizer.lr', '--optimizer.betas']),
    );
    expect(offered('r.yaml', '--opt')).toEqual(['--optimizer.']);
    expect(offered('finetune', '--optimizer.type', 'a')).toEqual(['adamw', 'adam']);
    expect(offered('plan', 'r.yaml', '--precision', '=', 'bf')).toEqual(['bf16', 'bf16_pure']);
    expect(offered('finetune', '--peft.use_dora', '')).toEqual(['true', 'false']);
    expect(offered('generate', '--optimizer.')).toEqual([]);
  });

  test('folders where a folder is wanted, and files with spaces in their names', () => {
    expect(offered('chat', '--model', 'm')).toEqual(['my-model']);
    expect(offered('finetune', 'my')).toEqual(
      expect.arrayContaining(['my recipe.yaml', 'my-model']),
    );
  });
});

/** Whether a shell is installed; says so where it is not, since its test is then left out. */
function isInstalled(shell: string): boolean {
  const found = spawnSync(shell, ['--version']).status === 0;
  if (!found) console.log(`${shell} is not installed: its completion script was not run`);
  return found;
}

test('zsh reads its script', async ({ skip }) => {
  if (!isInstalled('zsh')) return skip();
  const run = spawnSync('zsh', ['-f', '-n'], { input: (await script('zsh')).out });
  expect([run.status, String(run.stderr)]).toEqual([0, '']);
});

test('fish offers commands, options, keys and values', async ({ skip }) => {
  if (!isInstalled('fish')) return skip();
  const root = await mkdtemp(join(tmpdir(), 'automodel-fish-'));
  await writeFile(join(root, 'completion.fish'), (await script('fish')).out);
  await mkdir(join(root, 'out'));
  const offered = (line: string): string[] => {
    const asked = `source completion.fish; complete -C '${line}'`;
    const run = spawnSync('fish', ['--no-config', '-c', asked], { cwd: root, encoding: 'utf8' });
    expect(run.stderr).toBe('');
    return run.stdout.split('\n').flatMap((text) => text.split('\t')[0] || []);
  };
  expect(offered('automodel ben')).toEqual(['bench']);
  expect(offered('automodel help doc')).toEqual(['doctor']);
  expect(offered('automodel generate --dtype ')).toEqual(['bf16', 'f32']);
  expect(offered('automodel r.yaml --optimizer.w')).toEqual(['--optimizer.weight_decay']);
  expect(offered('automodel finetune --resume ')).toEqual(['auto', 'best', 'latest', 'out/']);
  expect(offered('automodel generate --optimizer.w')).toEqual([]);
});

test('scripts for zsh and fish name every option with what it takes', async () => {
  const [zsh, fish] = [await script('zsh'), await script('fish')];
  expect(zsh.out).toMatch(/^#compdef automodel\n/);
  expect(zsh.out).toContain(
    "'--dtype=[how to compute (default\\: as the weights are stored)]:value:(f32 bf16)'",
  );
  expect(zsh.out).toContain(
    "'--adapter=[PEFT adapter on top of the model\\: folder or hub id]:folder:_files -/'",
  );
  expect(fish.out).toContain(
    "complete -c automodel -n '__fish_seen_subcommand_from generate' -l dtype -x -a 'f32 bf16' " +
      "-d 'how to compute (default: as the weights are stored)'",
  );
  expect(zsh.out).toMatch(/'--optimizer\.type=\[.*\]:value:\(adamw adam sgd\)'/);
  expect(fish.out).toMatch(
    /__automodel_recipe finetune launch check plan' -l optimizer\.type -x -a 'adamw adam sgd' -d /,
  );
  expect(fish.out).toContain(
    "complete -c automodel -n '__fish_seen_subcommand_from completion' -x -a 'bash zsh fish'",
  );
});

test('an unknown shell is refused', async () => {
  const { code, err } = await script('tcsh');
  expect(code).toBe(2);
  expect(err).toContain('Allowed choices are bash, zsh, fish.');
});
