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
  /** There is no package for the model: it is recorded. */
  readonly recorded?: boolean;
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

/** Training on documents: we pack them, PyTorch pads them to the longest of a few. */
export interface DocumentsRow {
  readonly kind: 'documents';
  /** The row of full-length training that it is compared with. */
  readonly full: string;
  /** Documents that are padded to the longest of them. */
  readonly padded: number;
  /** Tokens of a packed row. */
  readonly seq: number;
  /** Least speed, in multiples of the full row's times the tokens computed for each real one. */
  readonly share: number;
}

/** Greedy decoding of one text. */
export interface DecodingRow {
  readonly kind: 'decoding';
  readonly shape: string;
  readonly dtype: 'f32' | 'bf16';
  readonly prompt: number;
  readonly tokens: number;
  readonly speed: Floors;
  /** Least share of what reading all weights once a token would allow. */
  readonly bandwidth: number;
}

export type Row = TrainingRow | FittingRow | DocumentsRow | DecodingRow;

const everywhere = (floor: number): Floors => ({ amx: floor, 'avx512-bf16': floor, avx: floor });
const F32_FULL: Floors = { amx: 2, 'avx512-bf16': 1.6, avx: 1.5 };
const BF16_FULL: Floors = { amx: 2.5, 'avx512-bf16': 2, avx: 1.5 };
const BF16_LORA: Floors = { amx: 2, 'avx512-bf16': 2.2, avx: 1.3 };

const training = { kind: 'training', batch: 1, seq: 512 } as const;

const recorded = (shape: string): TrainingRow => ({
  ...training,
  shape,
  recorded: true,
  dtype: 'f32',
  speed: everywhere(1.3),
  memory: 0.6,
});

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
  mixtral: recorded('mixtral'),
  gpt2: recorded('gpt2'),
  phi3: recorded('phi3'),
  mamba2: recorded('mamba2'),
  documents: { kind: 'documents', full: 'llama-21M-f32', padded: 4, seq: 2048, share: 0.9 },
  small: {
    ...training,
    shape: 'llama-small',
    batch: 2,
    seq: 64,
    steps: 100,
    dtype: 'f32',
    speed: everywhere(4),
  },
  decoding: {
    kind: 'decoding',
    shape: 'llama-135M',
    dtype: 'bf16',
    prompt: 32,
    tokens: 64,
    speed: everywhere(2),
    bandwidth: 0.8,
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
