// Every kernel against the reference run: the conformance suite of ops on each instruction set of this machine.
import { afterAll, describe, it } from 'vitest';
import { builtinOps } from '@automodel/core';
import { opConformance, runOnBackend } from '@automodel/testing';
import { createCpuBackend } from '../src/cpu-backend.js';
import { encodingOf } from '../src/kernel-encodings.js';
import { instructionSets } from '../src/native-pool.js';

const own = Object.values(builtinOps).filter((op) => encodingOf(op.name) !== undefined);

describe.each(instructionSets())('kernels on %s', (instructionSet) => {
  const backend = createCpuBackend({ threads: 2, instructionSet });
  afterAll(() => backend.close());
  // A strided sample of segments would be other segments, ones that reach beyond the rows.
  const meaningless = /^attention \d+: kernel, strided operands$/;
  const checks = opConformance(own, { runGraph: runOnBackend(backend) }).filter((check) => check.name.includes('kernel') && !meaningless.test(check.name));
  it.each(checks)('$name', ({ run }) => run());
});
