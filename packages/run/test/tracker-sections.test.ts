import { expect, test } from 'vitest';
import { trackerSections } from '../src/observe/tracker-sections.js';
import { parseRecipe } from '@automodel/recipe';

const MINIMAL =
  'model: {pretrained_model_name_or_path: models/base}\n' +
  'dataset: {path_or_dataset_id: data/train.jsonl}\noptimizer: {lr: 1e-5}\n';
const sections = (text: string) =>
  trackerSections(parseRecipe(`${MINIMAL}${text}`, { file: 'r.yaml' }).recipe);

/** Message of the error for sections of this text. */
function refusal(text: string): string {
  try {
    sections(text);
    return 'accepted';
  } catch (error) {
    return String(error);
  }
}

test('sections of NeMo recipes name trackers with their options', () => {
  expect(
    sections(
      'wandb: {enable: true, project: p, entity: e, name: n, group: g, tags: [a, b], dir: d, ' +
        'mode: online}\n',
    ),
  ).toEqual([
    {
      name: 'wandb',
      options: {
        project: 'p',
        entity: 'e',
        name: 'n',
        group: 'g',
        tags: ['a', 'b'],
        dir: 'd',
        mode: 'online',
      },
    },
  ]);
  expect(
    sections(
      'mlflow: {experiment_name: x, run_name: "", tracking_uri: null, artifact_location: null, ' +
        'tags: {task: squad, size: 1}}\n',
    ),
  ).toEqual([
    {
      name: 'mlflow',
      options: { experiment_name: 'x', run_name: '', tags: { task: 'squad', size: 1 } },
    },
  ]);
  expect(sections('tensorboard: {}\n')).toEqual([{ name: 'tensorboard', options: {} }]);
  expect(sections('wandb: {enable: false, project: p}\nmlflow: null\n')).toEqual([]);
});

test.each([
  ['wandb: {api_key: abc}', 'wandb.api_key: unknown key'],
  [
    'wandb: {mode: shared}',
    'wandb.mode: the text "shared" is not one of online, offline, disabled',
  ],
  [
    'mlflow: {tracking_uri: "http://me:secret@host"}',
    'mlflow.tracking_uri must not hold credentials: set MLFLOW_TRACKING_USERNAME and ' +
      'MLFLOW_TRACKING_PASSWORD',
  ],
  ['tensorboard: {logdir: x}', 'tensorboard.logdir: unknown key; did you mean log_dir?'],
  [
    'step_scheduler: {log_remote_every_steps: 0}',
    'step_scheduler.log_remote_every_steps must be above 0',
  ],
  [
    'comet: {project: x}',
    'comet is not supported: there is no tracker for it; use tensorboard, mlflow or wandb',
  ],
])('%s is refused', (text, message) => {
  const refused = refusal(`${text}\n`);
  expect(refused).toContain(message);
  expect(refused).not.toContain('me:secret');
});
