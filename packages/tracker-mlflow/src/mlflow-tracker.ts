// A run in MLflow: an experiment by name (made when there is none), a run in it with the recipe's
// settings as parameters, metrics by step, and how it ended.
import type { TrackedOutcome, TrackedRun, TrackedValues, Tracker } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { MlflowClient } from './mlflow-client.js';
import { connectionOf } from './mlflow-connection.js';

/** NeMo Automodel's default. */
const DEFAULT_EXPERIMENT = 'automodel-experiment';
/**
 * The server's limits for one log-batch request, and for one parameter's value on servers before
 * 2.8.
 */
const METRICS_A_BATCH = 1000;
const PARAMETERS_A_BATCH = 100;
const PARAMETER_LENGTH = 500;

const STATUS: Readonly<Record<TrackedOutcome['status'], string>> = {
  finished: 'FINISHED',
  stopped: 'KILLED',
  failed: 'FAILED',
};

interface Pair {
  readonly key: string;
  readonly value: string;
}

const textOption = (options: Readonly<Record<string, unknown>>, key: string): string | undefined =>
  typeof options[key] === 'string' && options[key] !== '' ? options[key] : undefined;

const pairs = (values: object): Pair[] =>
  Object.entries(values).map(([key, value]) => ({ key, value: String(value) }));

function* chunks<T>(values: readonly T[], size: number): Generator<T[]> {
  for (let i = 0; i < values.length; i += size) yield values.slice(i, i + size);
}

class MlflowTracker implements Tracker {
  readonly location: string;
  readonly #client: MlflowClient;
  readonly #id: string;

  constructor(client: MlflowClient, id: string, location: string) {
    this.#client = client;
    this.#id = id;
    this.location = location;
  }

  async begin({ settings }: TrackedRun): Promise<void> {
    // names of parameters may hold only letters, digits and _-./
    const parameters = pairs(settings).map(({ key, value }) => ({
      key: key.replace(/[^\w\-./]/g, '_'),
      value: value.slice(0, PARAMETER_LENGTH),
    }));
    for (const params of chunks(parameters, PARAMETERS_A_BATCH))
      await this.#client.post('runs/log-batch', { run_id: this.#id, params });
  }

  async log(entries: readonly TrackedValues[]): Promise<void> {
    const all = entries.flatMap(({ values, step, time }) =>
      Object.entries(values).map(([key, value]) => ({
        key: key.replace(/[^\w\-./]/g, '_'),
        value,
        timestamp: time.getTime(),
        step,
      })),
    );
    for (const metrics of chunks(all, METRICS_A_BATCH))
      await this.#client.post('runs/log-batch', { run_id: this.#id, metrics });
  }

  async close({ status, message }: TrackedOutcome): Promise<void> {
    if (message !== undefined)
      await this.#client.post('runs/set-tag', {
        run_id: this.#id,
        key: 'error',
        value: message.slice(0, PARAMETER_LENGTH),
      });
    await this.#client.post('runs/update', {
      run_id: this.#id,
      status: STATUS[status],
      end_time: Date.now(),
    });
  }
}

async function experimentId(
  client: MlflowClient,
  name: string,
  artifactLocation: string | undefined,
): Promise<string> {
  const found = (await client.find('experiments/get-by-name', { experiment_name: name }))?.[
    'experiment'
  ] as { readonly experiment_id: string; readonly lifecycle_stage?: string } | undefined;
  if (found?.lifecycle_stage === 'deleted')
    throw new AutomodelError(
      'conflict',
      `the experiment ${name} is deleted on the server: restore it, or choose another ` +
        'mlflow.experiment_name',
    );
  if (found !== undefined) return found.experiment_id;
  const { experiment_id: created } = await client.post('experiments/create', {
    name,
    ...(artifactLocation === undefined ? {} : { artifact_location: artifactLocation }),
  });
  return String(created);
}

/**
 * Options: experiment_name, run_name, tracking_uri, artifact_location, tags. Errors: those of the
 * connection, `network`, `bad-config` with what the server says.
 */
export async function openMlflow(
  options: Readonly<Record<string, unknown>>,
  run: TrackedRun,
): Promise<Tracker> {
  const connection = connectionOf(options, run.variables);
  const client = new MlflowClient(connection, run.signal);
  const experiment = await experimentId(
    client,
    textOption(options, 'experiment_name') ?? DEFAULT_EXPERIMENT,
    textOption(options, 'artifact_location'),
  );
  const tags = [
    ...pairs({
      'mlflow.source.name': 'automodel',
      'mlflow.source.type': 'JOB',
      ...run.environment,
    }),
    ...pairs((options['tags'] ?? {}) as object),
  ];
  const created = await client.post('runs/create', {
    experiment_id: experiment,
    run_name: textOption(options, 'run_name') ?? run.name,
    start_time: run.startedAt.getTime(),
    tags,
  });
  const { run_id: id } = (created['run'] as { readonly info: { readonly run_id: string } }).info;
  const tracker = new MlflowTracker(
    client,
    id,
    `${connection.address}/#/experiments/${experiment}/runs/${id}`,
  );
  await tracker.begin(run);
  return tracker;
}
