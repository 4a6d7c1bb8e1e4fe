// What a cross-built library must be: made for its platform, from these sources, and asking its
// system for nothing but the C library that is promised.
import { readFileSync } from 'node:fs';

const GLIBC = [2, 28];
/** Libraries that a system of the platform has; anything else would have to be installed. */
const PRESENT = {
  'linux-x64': /^(libc\.so\.6|libm\.so\.6|libpthread\.so\.0|ld-linux-x86-64\.so\.2)$/,
  'linux-arm64': /^(libc\.so\.6|libm\.so\.6|libpthread\.so\.0|ld-linux-aarch64\.so\.1)$/,
  'linux-x64-musl': /^libc\.so$/,
  'darwin-arm64': /^\/usr\/lib\/libSystem\.B\.dylib$/,
  'darwin-x64': /^\/usr\/lib\/libSystem\.B\.dylib$/,
  'win32-x64': /^(KERNEL32|ntdll|api-ms-win-crt-[a-z-]+-l\d-\d-\d)\.dll$/i,
};
const NEEDED = {
  linux: /(?<=\0)(?:lib|ld-)[\w.+-]+\.so(?:\.\d+)*(?=\0)/g,
  darwin: /\/usr\/lib\/[\w.+-]+\.dylib(?=\0)/g,
  win32: /(?<=\0)[\w.-]+\.dll(?=\0)/gi,
};

/** ELF's machine, Mach-O's processor or PE's machine, as npm names processors. */
function processorOf(bytes) {
  if (bytes.readUInt32BE(0) === 0x7f454c46)
    return { 0x3e: 'x64', 0xb7: 'arm64' }[bytes.readUInt16LE(18)];
  if (bytes.readUInt32LE(0) === 0xfeedfacf)
    return { 0x01000007: 'x64', 0x0100000c: 'arm64' }[bytes.readUInt32LE(4)];
  if (bytes.toString('latin1', 0, 2) === 'MZ')
    return { 0x8664: 'x64', 0xaa64: 'arm64' }[bytes.readUInt16LE(bytes.readUInt32LE(0x3c) + 4)];
  return undefined;
}

/** Complaints about a library file, one line each; none where it may be published. */
export function checkLibrary(path, platform, hash) {
  const bytes = readFileSync(path);
  const text = bytes.toString('latin1');
  const [os, cpu] = platform.split('-');
  const problems = [];
  if (processorOf(bytes) !== cpu)
    problems.push(`made for ${processorOf(bytes) ?? 'an unknown processor'}, not for ${cpu}`);
  if (!text.includes(`${hash}\0`)) problems.push(`not built from these sources (${hash})`);
  if (!text.includes('automodel_program_run'))
    problems.push('does not export automodel_program_run');
  const own = path.replaceAll('\\', '/').split('/').pop();
  const needed = new Set(text.match(NEEDED[os]) ?? []);
  for (const name of needed)
    if (name !== own && !PRESENT[platform].test(name)) problems.push(`needs ${name}`);
  if (needed.size === 0) problems.push('names no C library that it needs');
  for (const [, major, minor] of text.matchAll(/\0GLIBC_(\d+)\.(\d+)/g)) {
    if (Number(major) * 1000 + Number(minor) > GLIBC[0] * 1000 + GLIBC[1])
      problems.push(`needs glibc ${major}.${minor}, newer than ${GLIBC.join('.')}`);
  }
  return problems;
}
