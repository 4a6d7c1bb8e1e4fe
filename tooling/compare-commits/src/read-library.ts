// The functions of a shared library on disk, through objdump of GNU binutils. Errors: no objdump,
// or a library for another processor than x86-64, whose instructions are not understood here.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseDisassembly, type CompiledFunction, type ReadConstant } from './disassembly.js';

function objdump(...words: readonly string[]): string {
  try {
    return execFileSync('objdump', [...words], {
      encoding: 'utf8',
      maxBuffer: 2 ** 30,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing)
      throw new Error(
        'objdump is not installed: apt-get install binutils, or leave out the part kernels',
      );
    throw error;
  }
}

/** Reads from the read-only data section; other data can change or holds addresses. */
function readOnlyData(library: string): ReadConstant {
  const section = /\.rodata\s+([0-9a-f]+)\s+([0-9a-f]+)\s+[0-9a-f]+\s+([0-9a-f]+)/.exec(
    objdump('-h', library),
  );
  const [size = 0, start = 0, offset = 0] =
    section?.slice(1).map((text) => Number.parseInt(text, 16)) ?? [];
  const file = readFileSync(library);
  return (address, bytes) => {
    const at = address - start;
    return at < 0 || at + bytes > size
      ? undefined
      : file.subarray(offset + at, offset + at + bytes).toString('hex');
  };
}

/** The functions of the library's own code. */
export function readLibrary(library: string): CompiledFunction[] {
  if (!/file format elf64-x86-64/.test(objdump('-f', library)))
    throw new Error(
      `${library}: kernels are compared on x86-64 Linux only; leave out the part kernels`,
    );
  const text = objdump(
    '--disassemble',
    '--demangle',
    '--no-show-raw-insn',
    '--section=.text',
    library,
  );
  return parseDisassembly(text, readOnlyData(library));
}
