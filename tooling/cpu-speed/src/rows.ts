// The work that is compared, and the least that it has to reach: speed as a multiple of PyTorch's,
// memory as a share of it.
import type { MachineClass } from './machine.js';

type Floors = Readonly<Record<MachineClass, number>>;

/** Training on random tokens. */
export interface TrainingRow {
  readonly kind: 'training';
  /** A shape of benchmarks/peers/make_model.py. */
  readonly shape: string;
  readonly batch: number;
  readonly seq: number;
  readonly dtype: 'f32' | 'bf16';
  /** At least so many, where steps are too short for a few to tell. */
  readonly steps?: number;
  /** Of adapters on all linear modules; absent: all weights are trained. */
  readonly lora?: number;
  /** Least tokens per second, in multiples of PyTorch's. */
  readonly speed: Floors;
  /** Largest peak within a budget of this size, as a share of PyTorch's. */
  readonly memory?: number;
}

/** Training that has to fit into so many bytes. */
export interface FittingRow extends Omit<TrainingRow, 'kind' | 'speed' | 'memory'> {
  readonly kind: 'fitting';
  readonly bytes: number;
}

export type Row = TrainingRow | FittingRow;

const everywhere = (floor: number): Floors => ({ amx: floor, 'avx512-bf16': floor, avx: floor });
const F32_FULL: Floors = { amx: 2, 'avx512-bf16': 1.6, avx: 1.5 };
const BF16_FULL: Floors = { amx: 2.5, 'avx512-bf16': 2, avx: 1.5 };
const BF16_LORA: Floors = { amx: 2, 'avx512-bf16': 2.2, avx: 1.3 };

const training = { kind: 'training', batch: 1, seq: 512 } as const;

export const ROWS: Readonly<Record<string, Row>> = {
  'llama-21M-f32': {
    ...training,
    shape: 'llama-21M',
    batch: 4,
    dtype: 'f32',
    speed: F32_FULL,
    memory: 0.35,
  },
  'llama-135M-f32': {
    ...training,
    shape: 'llama-135M',
    dtype: 'f32',
    speed: F32_FULL,
    memory: 0.66,
  },
  'llama-21M-bf16': {
    ...training,
    shape: 'llama-21M',
    batch: 4,
    dtype: 'bf16',
    speed: BF16_FULL,
    memory: 0.3,
  },
  'llama-135M-bf16': {
    ...training,
    shape: 'llama-135M',
    dtype: 'bf16',
    speed: BF16_FULL,
    memory: 0.7,
  },
  'qwen2-0.5B-lora': {
    ...training,
    shape: 'qwen2-0.5B',
    dtype: 'bf16',
    lora: 16,
    speed: BF16_LORA,
    memory: 0.35,
  },
  'gemma3-270M-lora': {
    ...training,
    shape: 'gemma3-270M',
    dtype: 'bf16',
    lora: 16,
    speed: BF16_LORA,
    memory: 0.35,
  },
  small: {
    ...training,
    shape: 'llama-small',
    batch: 2,
    seq: 64,
    steps: 100,
    dtype: 'f32',
    speed: everywhere(4),
  },
  'llama-1B-lora': {
    kind: 'fitting',
    shape: 'llama-1B',
    batch: 1,
    seq: 512,
    dtype: 'bf16',
    lora: 16,
    bytes: 6e9,
  },
};
