// What trackers learn about a run: its recipe without secrets, as text and as settings by dotted
// key, what runs it, and the numbers of its events.
import { basename } from 'node:path';
import { availableParallelism } from 'node:os';
import type { Backend, TrackedRun, TrackedValues } from '@automodel/contracts';
import { recordOf } from '@automodel/train';
import { parse } from 'yaml';
import { packageVersion } from '../package-version.js';
import { isMapping } from '@automodel/recipe';
import { scoreValues } from '../evaluation/metrics/score-values.js';
import type { RunEvent } from '../events/run-events.js';

type Setting = string | number | boolean;

/** Scalars of nested data by dotted key. */
function flattened(data: unknown, key = ''): [string, Setting][] {
  const below = (entries: readonly (readonly [string | number, unknown])[]): [string, Setting][] =>
    entries.flatMap(([name, value]) =>
      flattened(value, key === '' ? String(name) : `${key}.${name}`),
    );
  if (isMapping(data)) return below(Object.entries(data));
  if (Array.isArray(data)) return below([...data.entries()]);
  return typeof data === 'string' || typeof data === 'number' || typeof data === 'boolean'
    ? [[key, data]]
    : [];
}

/** Versions and the machine, by name. */
export function environmentOf(backend: Backend): Record<string, string> {
  const device = backend.devices()[0];
  return {
    automodel: packageVersion(),
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    backend: `${backend.name} ${backend.version}`,
    ...(device === undefined ? {} : { processor: device.name, threads: String(device.threads) }),
    cores: String(availableParallelism()),
    numerics: backend.numericsKey,
  };
}

export interface TrackedRunFacts {
  readonly directory: string;
  readonly workingDirectory: string;
  /** YAML, secrets hidden. */
  readonly recipe: string;
  readonly backend: Backend;
  readonly signal: AbortSignal;
}

export const trackedRun = ({ backend, ...facts }: TrackedRunFacts): TrackedRun => ({
  ...facts,
  name: basename(facts.directory),
  settings: Object.fromEntries(flattened(parse(facts.recipe))),
  environment: environmentOf(backend),
  variables: process.env,
  startedAt: new Date(),
});

/** The position of the run, for events without a step of their own. */
export type Position = Pick<TrackedValues, 'step' | 'epoch'>;

/** The numbers of an event under NeMo's names; undefined when it has none. */
export function trackedValues(event: RunEvent, at: Position): TrackedValues | undefined {
  const time = new Date();
  if (event.type === 'evaluation')
    return event.scores.length === 0
      ? undefined
      : { ...at, time, values: scoreValues(event.scores) };
  if (event.type === 'validation')
    return {
      step: event.step,
      epoch: event.epoch,
      time,
      values: { [event.name === 'default' ? 'val_loss' : `val_loss_${event.name}`]: event.loss },
    };
  if (event.type !== 'step') return undefined;
  const values = Object.entries(recordOf(event)).filter(
    (entry): entry is [string, number] =>
      typeof entry[1] === 'number' && entry[0] !== 'step' && entry[0] !== 'epoch',
  );
  return { step: event.step, epoch: event.epoch, time, values: Object.fromEntries(values) };
}
