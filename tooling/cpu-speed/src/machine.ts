// What kind of machine this is, as far as the floors of a comparison depend on it: which matrix
// instructions it has, and at what rate.

/** The columns of the table of floors. */
export const MACHINE_CLASSES = {
  amx: 'Intel with AMX',
  'avx512-bf16': 'AVX-512 with full-rate bf16',
  avx: 'AVX2 or AVX-512 alone',
} as const;
export type MachineClass = keyof typeof MACHINE_CLASSES;

export interface Machine {
  readonly machineClass: MachineClass;
  /** Model, family and number of processors, and the instruction sets that matter here. */
  readonly text: string;
}

const SETS = ['avx2', 'avx512f', 'avx512_bf16', 'avx512_fp16', 'amx_tile', 'amx_bf16', 'amx_int8'];

/** The machine that the output of `lscpu` describes. Errors: one without AVX2. */
export function readMachine(lscpu: string): Machine {
  const field = (name: string): string =>
    new RegExp(`^${name}:(.*)$`, 'm').exec(lscpu)?.[1]?.trim() ?? 'unknown';
  const flags = new Set(field('Flags').split(' '));
  if (!flags.has('avx2')) throw new Error('there are no floors for a machine without AVX2');
  const numbers = `family ${field('CPU family')}, model ${field('Model')}`;
  const sets = SETS.filter((set) => flags.has(set)).join(', ');
  return {
    machineClass: classOf(flags, field('Vendor ID')),
    text: `${field('Model name')} (${numbers}; ${sets}), ${field('CPU\\(s\\)')} processors`,
  };
}

/** On Intel, `vdpbf16ps` runs at half the rate of FMA: such a machine has no use for it. */
function classOf(flags: ReadonlySet<string>, vendor: string): MachineClass {
  if (flags.has('amx_tile') && flags.has('amx_bf16')) return 'amx';
  return flags.has('avx512_bf16') && vendor === 'AuthenticAMD' ? 'avx512-bf16' : 'avx';
}
