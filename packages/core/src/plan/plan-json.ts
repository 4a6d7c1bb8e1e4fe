// Plans as JSON and back, exactly: array data as base64 of its bytes, bigints and numbers that JSON
// lacks as tagged text. Equal plans give equal text.
import { AutomodelError } from '../error.js';
import type { HostData } from '../tensor/host-tensor.js';
import type { Plan } from './plan.js';

const ARRAYS = { Float64Array, BigInt64Array, Int32Array, Uint8Array } as const;
type ArrayName = keyof typeof ARRAYS;

interface Tagged {
  readonly $: 'bigint' | 'number' | ArrayName;
  readonly value: string;
}

/** `plan` as one line of JSON. */
export const planToJson = (plan: Plan): string =>
  JSON.stringify(plan, (_, value: unknown) => tag(value));

/** The plan that `planToJson` wrote. Errors: `bad-plan` for text that is not a plan. */
export function planFromJson(text: string): Plan {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text, (_, value: unknown) => (isTagged(value) ? untag(value) : value));
  } catch (error) {
    throw new AutomodelError('bad-plan', 'the text is not a plan in JSON', { cause: error });
  }
  const plan = parsed as Partial<Plan> | null;
  if (
    typeof plan !== 'object' ||
    plan === null ||
    !Array.isArray(plan.buffers) ||
    !Array.isArray(plan.steps) ||
    typeof plan.arenaBytes !== 'number'
  )
    throw new AutomodelError(
      'bad-plan',
      'the JSON text is not a plan: it lacks buffers, steps or arenaBytes',
    );
  return plan as Plan;
}

function tag(value: unknown): unknown {
  if (typeof value === 'bigint') return { $: 'bigint', value: String(value) } satisfies Tagged;
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
    return { $: 'number', value: Object.is(value, -0) ? '-0' : String(value) } satisfies Tagged;
  if (!ArrayBuffer.isView(value)) return value;
  const name = value.constructor.name;
  if (!(name in ARRAYS)) throw new AutomodelError('bad-plan', `a plan cannot hold a ${name}`);
  return {
    $: name as ArrayName,
    value: toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)),
  } satisfies Tagged;
}

const isTagged = (value: unknown): value is Tagged =>
  typeof value === 'object' && value !== null && '$' in value;

function untag({ $: kind, value }: Tagged): bigint | number | HostData {
  if (kind === 'bigint') return BigInt(value);
  if (kind === 'number') return Number(value);
  return new ARRAYS[kind](fromBase64(value).buffer);
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x6000)
    text += btoa(String.fromCharCode(...bytes.subarray(i, i + 0x6000)));
  return text;
}

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
