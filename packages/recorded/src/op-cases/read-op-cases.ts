// Reads a folder of op cases: ops.json (make_op_goldens.py states the format) without losing
// Python's difference between 1 and 1.0, and the tensors of ops.safetensors.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors, readTensor, tensorEntry } from '@automodel/checkpoint';
import { AutomodelError, hostTensor, parseDType, type HostTensor } from '@automodel/core';
import { parse } from 'lossless-json';
import type { OpCase, OpCaseOperand } from './op-case.js';

/**
 * All cases in file order. Errors: `missing-file`; an entry of the list that is not a case, by its
 * number and name.
 */
export async function readOpCases(folder: string): Promise<OpCase[]> {
  const file = join(folder, 'ops.json');
  const list = parseExactly(await readText(file), file);
  if (!Array.isArray(list))
    throw new AutomodelError('bad-file', 'expected a list of cases', { location: file });
  const tensors = await readTensors(join(folder, 'ops.safetensors'));
  const names = new Set<string>();
  return list.map((entry: unknown, at) => {
    const read = readCase(entry, `${file}: case ${at}`, tensors);
    if (names.has(read.name))
      throw new AutomodelError('bad-file', `the name ${JSON.stringify(read.name)} is used twice`, {
        location: `${file}: case ${at}`,
      });
    names.add(read.name);
    return read;
  });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new AutomodelError(
      'missing-file',
      (cause as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'no such file'
        : `cannot be read: ${(cause as Error).message}`,
      { location: file, hint: '--ops takes a folder with ops.json and ops.safetensors', cause },
    );
  }
}

/**
 * JSON with integers as bigints and other numbers as numbers: the difference that promotion sees,
 * and nothing beyond 2^53 is lost.
 */
function parseExactly(text: string, file: string): unknown {
  try {
    return parse(text, undefined, (number) =>
      /^-?\d+$/.test(number) ? BigInt(number) : Number(number),
    );
  } catch (cause) {
    throw new AutomodelError('bad-file', `not valid JSON: ${(cause as Error).message}`, {
      location: file,
      cause,
    });
  }
}

const WORDS: ReadonlyMap<unknown, number> = new Map([
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['NaN', NaN],
]);

/** An attribute's value: integers that a number holds exactly become numbers. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  return WORDS.get(value) ?? value;
}

/** Tensors by case and name: `<case>.<name>`; neither holds a dot after the last. */
async function readTensors(path: string): Promise<Map<string, Map<string, HostTensor>>> {
  const byCase = new Map<string, Map<string, HostTensor>>();
  for (const stored of (await openSafetensors(path)).tensors) {
    const dot = stored.name.lastIndexOf('.');
    const own = byCase.get(stored.name.slice(0, dot)) ?? new Map<string, HostTensor>();
    byCase.set(
      stored.name.slice(0, dot),
      own.set(
        stored.name.slice(dot + 1),
        hostTensor(tensorEntry(stored).dtype, stored.shape, await readTensor(stored)),
      ),
    );
  }
  return byCase;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readCase(
  entry: unknown,
  location: string,
  tensors: ReadonlyMap<string, ReadonlyMap<string, HostTensor>>,
): OpCase {
  const wrong = (what: string): AutomodelError =>
    new AutomodelError('bad-file', what, { location });
  if (!isRecord(entry)) throw wrong('expected an object');
  const { case: name, op, attrs = {}, in: operands } = entry;
  const [shape, dtype] = [
    plain(entry['shape']),
    typeof entry['dtype'] === 'string' ? parseDType(entry['dtype']) : undefined,
  ];
  if (typeof name !== 'string' || typeof op !== 'string')
    throw wrong('"case" and "op" must be names');
  if (!isRecord(attrs)) throw wrong(`${name}: "attrs" must be an object`);
  if (!Array.isArray(operands)) throw wrong(`${name}: "in" must be a list`);
  if (!Array.isArray(shape) || !shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0))
    throw wrong(`${name}: "shape" must be a list of sizes`);
  if (dtype === undefined)
    throw wrong(`${name}: dtype ${JSON.stringify(entry['dtype'])} is unknown`);
  const operand = (value: unknown): OpCaseOperand => {
    if (value === null) return null;
    const at = plain(value);
    if (Number.isSafeInteger(at)) return { tensor: at as number };
    const scalar: unknown = isRecord(value) ? (WORDS.get(value['c']) ?? value['c']) : undefined;
    if (typeof scalar === 'number' || typeof scalar === 'bigint' || typeof scalar === 'boolean')
      return { scalar };
    throw wrong(`${name}: an operand must be the number of a tensor, {"c": scalar} or null`);
  };
  const plainAttrs = Object.fromEntries(
    Object.entries(attrs).map(([key, value]) => [key, plain(value)]),
  );
  return {
    name,
    op,
    attrs: plainAttrs,
    operands: operands.map(operand),
    shape: shape as number[],
    dtype,
    tensors: tensors.get(name) ?? new Map<string, HostTensor>(),
  };
}
