// `distributed.offload_policy` in NeMo's forms: whether it is noted as without effect.
import { expect, test } from 'vitest';
import { parse, refusal } from './support.js';

const recipe = (policy: string): string => `model: {pretrained_model_name_or_path: a}
step_scheduler: {global_batch_size: 2, local_batch_size: 2, max_steps: 2}
optimizer: {type: adamw, lr: 1e-4}
dataset: {type: chat, path_or_dataset_id: ./x.jsonl}
distributed: {strategy: fsdp2, offload_policy: ${policy}}
`;
const CLASS = 'torch.distributed.fsdp.CPUOffloadPolicy';

test.each([
  ['true', true],
  ['{pin_memory: false}', true],
  [`{_target_: ${CLASS}, pin_memory: true}`, true],
  ['false', false],
  ['null', false],
  ['none', false],
])('%s: noted %j', (policy, noted) => {
  const { notes } = parse(recipe(policy));
  expect(notes.some(({ key }) => key === 'distributed.offload_policy')).toBe(noted);
});

test.each(['cpu', '3'])('%s is refused', (policy) => {
  expect(refusal(() => parse(recipe(policy)))).toContain('distributed.offload_policy');
});
