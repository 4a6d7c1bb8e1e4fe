// Loaded with --import: the process runs under the host name HOST_NAME, as in a container of its
// own, and with BOOT_ID on another kernel. For the restart test only.
import fs from 'node:fs';
import os from 'node:os';
import { syncBuiltinESMExports } from 'node:module';

const { HOST_NAME, BOOT_ID } = process.env;
if (HOST_NAME !== undefined) os.hostname = () => HOST_NAME;
if (BOOT_ID !== undefined) {
  const readFile = fs.promises.readFile;
  fs.promises.readFile = (path, ...more) =>
    path === '/proc/sys/kernel/random/boot_id'
      ? Promise.resolve(`${BOOT_ID}\n`)
      : readFile(path, ...more);
}
syncBuiltinESMExports();
