import { spawn } from 'node:child_process';
import { AutomodelError } from '@automodel/core';
import { describe, expect, test } from 'vitest';
import { describeError, errorObject, exitCodeOf } from '../src/describe-error.js';
import { cliIn, typed, type CliResult, type Words } from './support/cli-in.js';
import { joined } from './support/joined.js';
import { repository } from './support/tiny-folder.js';

const cli = (...words: Words): Promise<CliResult> =>
  cliIn(repository, typed(...words), { plugins: [] });

describe('exit codes', () => {
  test("a user's mistake is 2, a bug in the program 3, an interruption 130", () => {
    expect(exitCodeOf(new AutomodelError('bad-file', 'broken'))).toBe(2);
    expect(exitCodeOf(new AutomodelError('internal', 'impossible'))).toBe(3);
    expect(exitCodeOf(new TypeError('x is not a function'))).toBe(3);
    expect(exitCodeOf(new AutomodelError('aborted', 'stopped'))).toBe(130);
  });

  test("a failure of the system is the user's to fix, and names the path", () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      path: '/mnt/out',
    });
    expect(exitCodeOf(full)).toBe(2);
    expect(describeError(full, false)).toBe('error: /mnt/out: no space left on the disk');
  });

  test('a bug is one line that says how to report it; --debug adds stack and causes', () => {
    const bug = new TypeError('x is not a function', { cause: new Error('because') });
    expect(describeError(bug, false)).toBe(
      'internal error: x is not a function. This is a bug in automodel: please report it with ' +
        'what --debug shows.',
    );
    expect(describeError(bug, true)).toMatch(
      joined(
        /^internal error: x is not a function\nTypeError: x is not a function\n {4}at /,
        /[\s\S]*\ncaused by: Error: because\n/,
      ),
    );
  });
});

describe('what an error quotes cannot write on the terminal', () => {
  const name = 'a\nb\r\u001b[31mred\u0007\u007f\u009b1m';
  const written = 'a\\nb\\r\\x1b[31mred\\x07\\x7f\\x9b1m';

  test('control characters are written out, in message and hint', () => {
    const error = new AutomodelError('bad-file', `no ${name}`, { hint: `not ${name}` });
    expect(describeError(error, false)).toBe(`error: no ${written} (not ${written})`);
  });

  test('a name given to a command comes back as one line', async () => {
    const { code, err } = await cli`generate --model ${`./${name}`} --prompt x`;
    expect(code).toBe(2);
    expect(err).toContain(written);
    expect(err.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });
});

describe('with --json an error is an object on stdout too', () => {
  test('of our own: code, message, location, hint', () => {
    expect(
      errorObject(
        new AutomodelError('bad-data', 'no role', { location: 'rows.jsonl:3', hint: 'add one' }),
      ),
    ).toEqual({ code: 'bad-data', message: 'no role', location: 'rows.jsonl:3', hint: 'add one' });
  });

  test('of a command, and of the grammar', async () => {
    const command = await cli`generate --model ./absent --prompt x --json`;
    expect(command.code).toBe(2);
    expect(JSON.parse(command.out)).toMatchObject({
      error: { code: 'missing-file', message: expect.stringContaining('does not exist') as string },
    });
    expect(command.err).toMatch(/^error: /);
    const grammar = await cli`bench --json x --stps 3`;
    expect(grammar.code).toBe(2);
    expect(JSON.parse(grammar.out)).toEqual({
      error: {
        code: 'bad-argument',
        message: expect.stringContaining('Did you mean --steps?') as string,
      },
    });
  });
});

test('without arguments the commands are shown, in groups', async () => {
  const { code, out, err } = await cli``;
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/Training:\n {2}finetune[\s\S]*Exit codes:\n {2}0/);
});

test('a reader that leaves early is not an error', async () => {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--conditions=@automodel/source', 'apps/cli/src/main.ts', '--help'],
    { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  child.stdout.destroy();
  let err = '';
  child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
  const code = await new Promise((resolve) => child.on('exit', resolve));
  expect({ code, err }).toEqual({ code: 0, err: '' });
});
