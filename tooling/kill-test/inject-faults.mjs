// Loaded with --import: counts what a process, with FAULTS_RANK only the one of that rank among
// several, does to files below FAULTS_BELOW, and at operation number KILL_AT kills the process in
// the middle of it (of a write half is done), or lets operations fail with FAULT (ENOSPC, EIO) from
// number FAIL_FROM on, FAIL_COUNT times. In place of a number, a part of a path: the first write
// there. Says on stderr what it killed, and at the end how many operations there were. For tests.
import fs, { writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

const {
  FAULTS_BELOW = '/',
  KILL_AT = '0',
  FAIL_FROM = '0',
  FAIL_COUNT = '0',
  FAULT = 'ENOSPC',
  FAULTS_RANK,
  RANK,
  AUTOMODEL_SUPERVISED,
} = process.env;
const below = resolve(FAULTS_BELOW);
const rank = AUTOMODEL_SUPERVISED === undefined ? RANK : JSON.parse(AUTOMODEL_SUPERVISED).rank;
const isDisturbed =
  isMainThread && (FAULTS_RANK === undefined || String(rank) === String(FAULTS_RANK));
const MESSAGES = { ENOSPC: 'no space left on device', EIO: 'i/o error' };
/** What a full disk still does. */
const POSSIBLE_WHEN_FULL = new Set(['rename', 'rm', 'sync', 'truncate']);
let operations = 0;
let failures = 0;

/** `wanted`: a number of an operation, or a part of a path. */
const isAt = (wanted, name, path) =>
  /^\d+$/.test(wanted) ? operations === Number(wanted) : name === 'write' && path.includes(wanted);

const isOurs = (path) =>
  isDisturbed &&
  typeof path === 'string' &&
  (resolve(path) === below || resolve(path).startsWith(below + sep));

/**
 * What happens to operation `name` on `path`: it is done, or fails, or `half` of it is done and the
 * process ends.
 */
async function fateOf(name, path, half) {
  operations += 1;
  if (isAt(KILL_AT, name, path)) {
    await half?.();
    writeSync(2, `\nkilled at ${name} ${path}\n`);
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => {});
  }
  if (failures > 0 || isAt(FAIL_FROM, name, path)) failures += 1;
  const fails = failures > 0 && failures <= Number(FAIL_COUNT);
  if (!fails || name === 'rm' || (FAULT === 'ENOSPC' && POSSIBLE_WHEN_FULL.has(name))) return;
  throw Object.assign(new Error(`${FAULT}: ${MESSAGES[FAULT]}, ${name} '${path}'`), {
    code: FAULT,
    syscall: name,
    path,
  });
}

const promises = fs.promises;
const paths = new WeakMap();
const open = promises.open;
promises.open = async (path, flags, ...more) => {
  if (isOurs(path) && flags !== undefined && flags !== 'r') await fateOf('open', path);
  const handle = await open(path, flags, ...more);
  if (isOurs(path)) paths.set(handle, path);
  return handle;
};
const sample = await open(fileURLToPath(import.meta.url));
const prototype = Object.getPrototypeOf(sample);
await sample.close();
for (const name of ['write', 'writev', 'appendFile', 'writeFile', 'sync', 'truncate']) {
  const original = prototype[name];
  prototype[name] = async function (...given) {
    const path = paths.get(this);
    const half =
      name === 'write' && ArrayBuffer.isView(given[0])
        ? () => original.call(this, given[0].subarray(0, given[0].length >> 1))
        : undefined;
    if (path !== undefined) await fateOf(name, path, half);
    return original.apply(this, given);
  };
}
for (const name of ['mkdir', 'rename', 'rm', 'symlink', 'copyFile', 'writeFile', 'appendFile']) {
  const original = promises[name];
  promises[name] = async (...given) => {
    const path = ['rename', 'symlink', 'copyFile'].includes(name) ? given[1] : given[0];
    const half =
      name === 'writeFile' && typeof given[1] === 'string'
        ? () => original(given[0], given[1].slice(0, given[1].length >> 1))
        : undefined;
    if (isOurs(path)) await fateOf(name, path, half);
    return original(...given);
  };
}
syncBuiltinESMExports();
if (isDisturbed) process.on('exit', () => writeSync(2, `file operations: ${operations}\n`));
