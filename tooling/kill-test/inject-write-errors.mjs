// Loaded with --import: file writes fail as on a full disk, from write number FAIL_FROM on, FAIL_COUNT times. For the kill test only.
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const [from, count] = [Number(process.env['FAIL_FROM'] ?? 0), Number(process.env['FAIL_COUNT'] ?? 0)];
const handle = await open(fileURLToPath(import.meta.url));
const prototype = Object.getPrototypeOf(handle);
await handle.close();
const write = prototype.write;
let writes = 0;
prototype.write = function (...given) {
  writes += 1;
  if (writes < from || writes >= from + count) return write.apply(this, given);
  return Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28, syscall: 'write' }));
};
