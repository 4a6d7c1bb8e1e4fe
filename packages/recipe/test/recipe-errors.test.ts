// What is wrong with a recipe is said with file, line, column and the nearest name.
import { describe, expect, test } from 'vitest';

import { MINIMAL, parse, refusal } from './support.js';

describe('errors name file, line and column', () => {
  test.each([
    ['step_schduler: {}', 'r.yaml:7:1: step_schduler: unknown key; did you mean step_scheduler?'],
    ['zzz: 1', 'r.yaml:7:1: zzz: unknown key'],
    [
      'step_scheduler:\n  global_batchsize: 8',
      'r.yaml:8:3: step_scheduler.global_batchsize: unknown key; did you mean global_batch_size?',
    ],
    [
      'clip_grad_norm: {max: 1}',
      'r.yaml:7:18: clip_grad_norm.max: unknown key; known: max_norm, norm_type',
    ],
    [
      'memory: {optimizer_in_backward: true}',
      'r.yaml:7:10: memory.optimizer_in_backward: an optimizer in the backward pass cannot clip, ' +
        'because the norm is known after the last update: set clip_grad_norm.max_norm to null',
    ],
    ['seed: fast', 'r.yaml:7:7: seed: expected a whole number, got the text "fast"'],
    ['seed: 1.5', 'r.yaml:7:7: seed: expected a whole number, got 1.5'],
    ['seed: [1]', 'r.yaml:7:7: seed: expected a whole number, got a list of 1'],
    ['step_scheduler: 7', 'r.yaml:7:17: step_scheduler: expected a section of keys, got 7'],
    ['step_scheduler: {max_steps: 0}', 'r.yaml:7:29: step_scheduler.max_steps must be above 0'],
    [
      'step_scheduler: {global_batch_size: 10, local_batch_size: 4}',
      'r.yaml:7:59: step_scheduler.local_batch_size: 4 does not divide global_batch_size 10',
    ],
    [
      'lr_scheduler: {lr_decay_style: cosin}',
      'r.yaml:7:32: lr_scheduler.lr_decay_style: the text "cosin" is not one of constant, ' +
        'linear, cosine, inverse-square-root, WSD; did you mean cosine?',
    ],
    [
      'lr_scheduler: {lr_decay_style: WSD}',
      'r.yaml:7:1: lr_scheduler.wsd_decay_steps is needed for lr_decay_style WSD',
    ],
    [
      'lr_scheduler: {lr_warmup_steps: 9, lr_decay_steps: 9}',
      'r.yaml:7:33: lr_scheduler.lr_warmup_steps: 9 must be below lr_decay_steps 9',
    ],
    [
      'checkpoint: {save_consolidated: last}',
      'r.yaml:7:33: checkpoint.save_consolidated: expected true or false or final or every, got ' +
        'the text "last"',
    ],
    [
      'loss_fn: {type: masked_cross_entrpy}',
      'r.yaml:7:17: loss_fn.type: unknown loss type "masked_cross_entrpy"; did you mean ' +
        'masked_cross_entropy?',
    ],
    [
      'tokenizer: {type: auto_tokenizer, _target_: transformers.AutoTokenizer.from_pretrained}',
      'r.yaml:7:35: tokenizer._target_: type and _target_ are the same setting; give one of them',
    ],
    [
      'validation_dataset_code: {path: x}',
      'r.yaml:7:1: validation_dataset_code.path_or_dataset_id is missing',
    ],
    [
      'validation_dataset: {path_or_dataset_id: x, max_lenght: 4}',
      'r.yaml:7:45: validation_dataset.max_lenght: unknown key; did you mean max_length?',
    ],
    ['a: 1\na: 2', 'r.yaml:8:1: Map keys must be unique'],
    ['seed: 010', 'r.yaml:7:7: 010 is octal in YAML 1.1 and decimal in 1.2'],
    ['seed: !!python/name:os.system 1', 'r.yaml:7:7: Unresolved tag'],
    ['---\nseed: 1', 'r.yaml:7:1: a recipe is one YAML document'],
    ['seed: {', 'r.yaml:8:1: '],
  ])('%j', (addition, message) => {
    expect(refusal(() => parse(`${MINIMAL}${addition}\n`))).toContain(`bad-recipe ${message}`);
  });

  test.each([
    [MINIMAL.replace('  lr: 1e-5', '  eps: 1e-8'), 'r.yaml:5:1: optimizer.lr is missing'],
    [MINIMAL.replace(/model:\n.*\n/, ''), 'r.yaml:1:1: model is missing'],
    [
      MINIMAL.replace('pretrained_model_name_or_path', 'config'),
      'r.yaml:1:1: model.pretrained_model_name_or_path is missing; model type causal_lm needs it',
    ],
    [
      MINIMAL.replace('  lr', '  momentum: 0.9\n  lr'),
      'r.yaml:6:13: optimizer.momentum does not belong to optimizer type adamw',
    ],
    [
      MINIMAL.replace('  lr', '  betas: [0.9, 1]\n  lr'),
      'r.yaml:6:16: optimizer.betas.1 must be below 1',
    ],
    [
      MINIMAL.replace('data/train.jsonl', 'x\n  seq_length: 4\n  max_length: 4'),
      'r.yaml:6:15: dataset.max_length is the same setting as seq_length; give one of them',
    ],
    ['- a\n', 'r.yaml:1:1: a recipe is a mapping of sections'],
    ['', 'r.yaml: the file is empty'],
    ['# nothing\n', 'r.yaml: the file is empty'],
  ])('%j', (text, message) => {
    expect(refusal(() => parse(text))).toBe(`bad-recipe ${message}`);
  });

  test.each([
    [
      'validation_dataset: {path_or_dataset_id: x, chat_template: "{{ 1 }}"}',
      'r.yaml:7:60: validation_dataset.chat_template must be that of dataset: a run renders all ' +
        'rows with one template',
    ],
    [
      'validation_dataset_code: {path_or_dataset_id: x, tokenizer: ' +
        '{pretrained_model_name_or_path: other}}',
      'r.yaml:7:61: validation_dataset_code.tokenizer must be that of the training rows: a run ' +
        'has one tokenizer',
    ],
  ])('%j is refused, for it would not be used', (addition, message) => {
    expect(refusal(() => parse(`${MINIMAL}${addition}\n`))).toBe(`unsupported ${message}`);
  });

  test('of several problems the first in the file is named', () => {
    expect(refusal(() => parse(`neftune: {}\n${MINIMAL}seed: x\n`))).toContain(
      'r.yaml:1:1: neftune',
    );
    expect(refusal(() => parse(`seed: x\n${MINIMAL}neftune: {}\n`))).toContain('r.yaml:1:7: seed');
  });
});
