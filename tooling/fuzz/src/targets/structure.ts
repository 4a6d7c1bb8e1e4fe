// Recorded graphs around what fusion looks for, with operands that it may not expect.
import type { FuzzTarget } from '../fuzz-target.js';
import { checkStructure } from '../structures/check-structure.js';
import { writeStructure } from '../structures/write-structure.js';

export const structure: FuzzTarget = {
  name: 'structure',
  seeds: [],
  make: (random) => Buffer.from(writeStructure(random)),
  read: async (bytes) => {
    await Promise.resolve();
    checkStructure(bytes.toString('utf8'));
  },
};
