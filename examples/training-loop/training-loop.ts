// The training loop by hand: model, tokenizer, batches, steps and schedule are called one by one.
// It stops when the validation loss rises, and saves what it has.
import { HuggingFaceFolder, saveHuggingFaceFolder } from '@automodel/checkpoint';
import cpu from '@automodel/cpu-backend';
import { BatchLoader, loadDataset, type Dataset } from '@automodel/data';
import qwen from '@automodel/models-qwen';
import { DECODER_NAMES } from '@automodel/nn';
import { openTokenizer } from '@automodel/run';
import {
  adamw,
  optimizerParamSchedule,
  TrainingStep,
  validate,
  validationData,
} from '@automodel/train';
import { ModelSession } from '@automodel/session';

const output = process.argv[2] ?? 'examples/training-loop/output';
const BATCH_SIZE = 16;
const STEPS = 40;

const folder = await HuggingFaceFolder.open('examples/quickstart/base');
const tokenizer = await openTokenizer(folder.path);
const load = (name: string): Promise<Dataset> =>
  loadDataset(tokenizer, `examples/quickstart/data/${name}.jsonl`);
const batches = ({ samples }: Dataset, shuffle: boolean): BatchLoader =>
  new BatchLoader({ samples, shuffle, globalBatchSize: BATCH_SIZE, localBatchSize: BATCH_SIZE });
const training = batches(await load('train'), true);
const validation = validationData(batches(await load('validation'), false));

const backend = cpu.create({});
const session = await ModelSession.load(
  { backend, model: qwen.create(folder.config), precision: 'f32', trainable: () => true },
  folder.weights.tensors,
  folder.path,
);
const step = new TrainingStep(session, {
  optimizer: adamw({ betas: [0.9, 0.95], eps: 1e-8 }),
  maxNorm: 1,
});
const schedule = optimizerParamSchedule({
  lr: 3e-3,
  weightDecay: 0,
  totalSteps: STEPS,
  lrDecayStyle: 'cosine',
  lrWarmupSteps: 5,
});

let best = Infinity;
for (let i = 0; i < STEPS; i++) {
  const batch = training.next();
  for (let part = 0; part < batch.microBatches; part++)
    await step.micro(batch.microBatch(part), { scale: 1 / batch.trainedTokens, first: part === 0 });
  const { learningRate, weightDecay } = schedule.at(i);
  const { loss, finite } = await step.update(i + 1, learningRate, weightDecay);
  if (!finite) throw new Error(`the loss of step ${i + 1} is not finite`);
  if ((i + 1) % 10 > 0) continue;

  const measured = (await validate(session, validation))!.loss;
  console.log(`step ${i + 1}: loss ${loss.toFixed(3)}, validation ${measured.toFixed(3)}`);
  if (measured > best) {
    console.log('validation rises: enough');
    break;
  }
  best = measured;
}

const { files } = await saveHuggingFaceFolder({
  directory: output,
  base: folder,
  tensors: session.parameters.sources(),
  tying: DECODER_NAMES,
});
console.log(`saved ${files.join(', ')}`);
await session.close();
await backend.close();
