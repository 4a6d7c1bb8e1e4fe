// A folder has one writer at a time, and a writer that is gone is told from one that works: on one
// kernel at once, on another by its silence.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { ownIdentity, type ProcessIdentity } from '../src/folder/process-identity.js';
import { RunLock } from '../src/folder/run-lock.js';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'automodel-lock-')));
});

const self = await ownIdentity();
const as = (changes: Partial<ProcessIdentity>) => () => Promise.resolve({ ...self, ...changes });
/** A process of another machine. */
const elsewhere = as({ host: 'elsewhere', boot: 'another boot', pid: 12 });

/** Writes a lock as a process would that was killed, or is on another machine. */
const locked = (changes: object, number = 1): Promise<void> =>
  writeFile(
    join(folder, `.lock-${number}.json`),
    JSON.stringify({ number, token: 'its', beat: 3, ...self, ...changes }),
  );
const silentFor = async (seconds: number): Promise<void> => {
  const name = (await readdir(folder)).find((one) => one.endsWith('.json'))!;
  const path = join(folder, name);
  const then = new Date(Date.now() - 1000 * seconds);
  await utimes(path, then, then);
};

test('numbers only grow, and a released lock is free at once', async () => {
  for (const number of [1, 2, 3]) {
    const lock = new RunLock(folder);
    expect(await lock.take()).toBeUndefined();
    expect(lock.number).toBe(number);
    await lock.release(false);
    expect(await readdir(folder)).toEqual([`.lock-${number}.json`]);
  }
});

test('a lock that is held refuses others, under whatever host name they run', async () => {
  const lock = new RunLock(folder);
  await lock.take();
  for (const identity of [as({}), as({ host: 'a container', pidNamespace: 'its own', pid: 1 })]) {
    const holder = await new RunLock(folder, identity).take();
    expect(holder).toMatchObject({ record: { pid: process.pid }, freeIn: undefined });
  }
  await lock.check();
  await lock.release(false);
  expect(await new RunLock(folder, as({ host: 'a container' })).take()).toBeUndefined();
});

test('of many that take a lock at the same moment one gets it', async () => {
  await locked({ socket: '.lock-0123456789abcdef.sock', boot: 'another boot' });
  await silentFor(31);
  const locks = Array.from({ length: 12 }, () => new RunLock(folder));
  const holders = await Promise.all(locks.map((lock) => lock.take()));
  expect(holders.filter((holder) => holder === undefined)).toHaveLength(1);
  const owner = locks[holders.indexOf(undefined)]!;
  await owner.check();
  expect(owner.number).toBe(2);
  for (const lock of locks)
    if (lock !== owner) await expect(lock.check()).rejects.toThrow('not hold');
  await owner.release(false);
  expect(await readdir(folder)).toEqual(['.lock-2.json']);
});

test('a holder that was killed is dead at once, for another host name too', async () => {
  // what a killed process leaves: a socket that nobody listens on
  const socket = '.lock-0123456789abcdef.sock';
  const child = spawn(
    process.execPath,
    ['-e', `require('net').createServer().listen('${socket}', () => console.log('on'))`],
    { cwd: folder },
  );
  await once(child.stdout, 'data');
  await locked({ socket, pid: child.pid });
  const other = new RunLock(folder, as({ host: 'a container', pidNamespace: 'its own' }));
  expect(await other.take()).toMatchObject({ freeIn: undefined });
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await other.take()).toBeUndefined();
  expect(await readdir(folder)).toEqual(
    expect.not.arrayContaining([socket, '.lock-1.json']) as unknown,
  );
  await other.release(false);
});

test('without sockets the process id tells, with the start of its process', async () => {
  const parent = process.ppid;
  const stat = await readFile(`/proc/${parent}/stat`, 'utf8').catch(() => undefined);
  const started = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const taken = (): Promise<unknown> => new RunLock(folder).take();
  await locked({ pid: parent, started });
  expect(await taken()).toMatchObject({ record: { pid: parent }, freeIn: undefined });
  // in another namespace the id says nothing: the heartbeat does
  await locked({ pid: parent, started, pidNamespace: 'another' });
  expect(await taken()).toMatchObject({ freeIn: expect.closeTo(30, -1) as number });
  // nor does a socket whose file is gone hide what the id says
  await locked({ pid: 2 ** 30, started: undefined, socket: '.lock-0123456789abcdef.sock' });
  const [first, second] = [new RunLock(folder), new RunLock(folder)];
  expect(await first.take()).toBeUndefined();
  await first.release(false);
  // the id was given out again
  await locked({ pid: parent, started: 'another start' }, 3);
  expect(await second.take()).toEqual(
    started === undefined ? expect.objectContaining({ freeIn: undefined }) : undefined,
  );
  await second.release(false);
});

test.runIf(process.platform === 'linux')('a zombie holds nothing', async () => {
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60']);
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(String(line));
  const statOf = (id: number): Promise<string> => readFile(`/proc/${id}/stat`, 'utf8');
  // the shell has become a process that never asks how its child ended
  while (!(await statOf(parent.pid!)).includes('(sleep)')) await setImmediate();
  process.kill(pid, 'SIGKILL');
  while (!(await statOf(pid)).includes(') Z ')) await setImmediate();
  await locked({ pid, started: undefined });
  const lock = new RunLock(folder);
  expect(await lock.take()).toBeUndefined();
  await lock.release(false);
  parent.kill('SIGKILL');
});

test('on another kernel a lock is free after 30 seconds without a sign of life', async () => {
  const lock = new RunLock(folder);
  await locked({ host: 'elsewhere', boot: 'another boot' });
  await silentFor(20);
  expect(await lock.take()).toMatchObject({
    record: { host: 'elsewhere' },
    freeIn: expect.closeTo(10, -1) as number,
  });
  await silentFor(31);
  expect(await lock.take()).toBeUndefined();
  await lock.release(false);
});

test('a lock that was taken over stays lost, also when the next one is released', async () => {
  const first = new RunLock(folder, elsewhere);
  await first.take();
  await silentFor(40);
  const second = new RunLock(folder);
  expect(await second.take()).toBeUndefined();
  await expect(first.check()).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining(
      `taken this folder over (process ${process.pid} on `,
    ) as string,
  });
  await second.release(false);
  await expect(first.check()).rejects.toMatchObject({ code: 'conflict' });
  const before = await readFile(join(folder, '.lock-2.json'), 'utf8');
  await first.release(false);
  expect(await readdir(folder)).toEqual(['.lock-2.json']);
  expect(await readFile(join(folder, '.lock-2.json'), 'utf8')).toBe(before);
});

test('a lock with a higher number than the next one replaces it too', async () => {
  const lock = new RunLock(folder);
  await lock.take();
  await locked({ released: true }, 5);
  const late = new RunLock(folder);
  expect(await late.take()).toBeUndefined();
  expect(late.number).toBe(6);
  await expect(lock.check()).rejects.toMatchObject({ code: 'conflict' });
  await lock.release(false);
  await late.release(false);
});

test('a folder with a long name, or without sockets, is locked all the same', async () => {
  const deep = join(folder, 'a'.repeat(120), 'b'.repeat(120));
  await mkdir(deep, { recursive: true });
  const lock = new RunLock(deep);
  await lock.take();
  expect(await new RunLock(deep).take()).toMatchObject({ freeIn: undefined });
  await lock.release(false);
  expect(await new RunLock(deep).take()).toBeUndefined();
});

test('a lock that cannot be read counts as held until it is silent', async () => {
  await writeFile(join(folder, '.lock-4.json'), '{');
  const lock = new RunLock(folder);
  expect(await lock.take()).toMatchObject({ record: undefined });
  await silentFor(31);
  expect(await lock.take()).toBeUndefined();
  expect(lock.number).toBe(5);
  await lock.release(false);
});

test('a folder that is removed is no longer the own one, and says so', async () => {
  const lock = new RunLock(join(folder, 'gone'));
  await mkdir(join(folder, 'gone'));
  await lock.take();
  await rm(join(folder, 'gone'), { recursive: true });
  await expect(lock.check()).rejects.toThrow(/the lock of this run is gone/);
  await lock.release(false);
});
