// Profiles of real programs: which runs of the loop are measured, and the trace of a short training
// on the CPU.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HuggingFaceFolder } from '@automodel/checkpoint';
import cpu from '@automodel/cpu-backend';
import llama from '@automodel/models-llama';
import lora from '@automodel/peft';
import { adapterBase } from '@automodel/session';
import { benchTraining, chromeTrace, Profiler, train } from '@automodel/train';
import { measuringBackend } from '../support/measuring-backend.js';
import { eventsOf, shortRun } from '../support/short-run.js';
import { tinySession } from '../support/tiny-session.js';
import { readTrace, thread, total, within } from './trace.js';

test('the loop measures the programs of the second to the fourth step, and nothing else', async () => {
  const { backend, asked } = measuringBackend();
  const profiler = new Profiler();
  const session = tinySession({}, backend);
  await eventsOf(shortRun({ session, profiler }));
  const steps: string[] = [''];
  for (const { program, profile } of asked) {
    steps.push(`${steps.pop()!}${program}${profile === true ? '* ' : ' '}`);
    if (program === 'update') steps.push('');
  }
  // the last batch of an epoch is one row
  expect(steps.slice(0, 6).map((text) => text.trim())).toEqual([
    'micro micro update',
    'micro* micro* update*',
    'micro* update*',
    'micro* micro* update*',
    'micro micro update',
    'micro update',
  ]);
  expect(profiler.steps.map(({ step, runs }) => [step, runs.length])).toEqual([
    [1, 3],
    [2, 2],
    [3, 3],
  ]);
});

test('a run that resumes leaves out its own first step', async () => {
  const { backend } = measuringBackend();
  const profiler = new Profiler({ active: 1 });
  await eventsOf(shortRun({ session: tinySession({}, backend), profiler, firstStep: 3 }));
  expect(profiler.steps.map(({ step }) => step)).toEqual([4]);
  const last = shortRun({ session: tinySession(), profiler: new Profiler(), firstStep: 5 });
  await expect(train(last).next()).rejects.toThrow('nothing would be profiled');
});

const folder = join(import.meta.dirname, '../../../../goldens/models/llama-gqa');

test('a trace of LoRA on the CPU is whole, and its loss counts the products that are made', async () => {
  const backend = cpu.create({ threads: 1 });
  const profiler = new Profiler({ active: 2 });
  const model = llama.create((await HuggingFaceFolder.open(folder)).config);
  const adapter = {
    adapter: lora.create({ match_all_linear: true, dim: 2 }, adapterBase(model)),
    seed: 0,
  };
  const [batch, seq] = [2, 16];
  const options = {
    backend,
    folder,
    createModel: () => model,
    precision: 'f32',
    profiler,
  } as const;
  await expect(
    benchTraining({ ...options, steps: 2, profiler: new Profiler({ warmup: 2 }) }),
  ).rejects.toThrow('nothing would be profiled');
  await benchTraining({ ...options, batch, seq, steps: 4, lora: { adapter, rank: 2 } });
  const trace = readTrace([...chromeTrace(profiler.steps, { backend, rank: 0 })].join(''));
  await backend.close();
  const steps = thread(trace, 'optimizer steps');
  expect(steps.map(({ name }) => name)).toEqual(['step 2', 'step 3']);
  for (const [i, step] of steps.entries()) {
    const programs = within(trace, step, 'programs');
    expect(programs.map(({ name }) => name)).toEqual(['micro', 'update']);
    for (const [at, program] of programs.entries()) {
      const { plan } = profiler.steps[i]!.runs[at]!;
      const kernels = within(trace, program, 'compute');
      expect(kernels.map(({ name }) => name)).toEqual(plan.steps.map(({ op }) => op));
      expect(total(kernels)).toBe(total([program]));
    }
  }
  expect(thread(trace, 'programs')).toHaveLength(4);
  const kernels = thread(trace, 'compute');
  expect(kernels.find(({ name }) => name === 'linear')?.args).toMatchObject({ kernel: 'gemm' });
  const loss = kernels.find(({ name }) => name === 'linear_cross_entropy_with_gradient');
  const { hidden_size: width, vocab_size: vocabulary } = (await HuggingFaceFolder.open(folder))
    .config as Record<string, number>;
  // logits and dx; the head is frozen
  expect(loss?.args['flops']).toBe(2 * 2 * batch * seq * width! * vocabulary!);
});
