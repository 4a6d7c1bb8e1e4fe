// The events of a run as JSON, for listeners in another process, and back. An event is plain data
// except for its errors; a key that is undefined is left out.
import { errorFromJson, errorToJson, type ErrorJson } from './error-json.js';
import type { RunEvent } from './run-events.js';

/** The events of one type. */
export type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { readonly type: Type }>;

/** The keys of an event that hold an error. */
type ErrorKey<Event> = {
  [Key in keyof Event]-?: NonNullable<Event[Key]> extends Error ? Key : never;
}[keyof Event];

type ErrorKeys<Type extends RunEvent['type']> = Readonly<Record<ErrorKey<EventOf<Type>>, true>>;

/** The keys of every event that hold an error. A missing event is a compile error. */
const ERROR_KEYS: { readonly [Type in RunEvent['type']]: ErrorKeys<Type> } = {
  download: {},
  'hub-note': {},
  notes: {},
  dataset: {},
  preview: {},
  model: {},
  waiting: {},
  finished: {},
  resumed: {},
  'learning-rate': {},
  plan: {},
  'evaluation-progress': {},
  evaluation: {},
  step: {},
  validation: {},
  'early-stopping': {},
  'checkpoint-saved': { problem: true },
  'checkpoint-failed': { error: true },
  saved: {},
  exported: {},
  tracker: {},
  report: {},
  profile: {},
  done: {},
};

/** Every type of event. */
export const EVENT_TYPES = Object.keys(ERROR_KEYS) as readonly RunEvent['type'][];

type JsonOf<Event> = {
  readonly [Key in keyof Event]: NonNullable<Event[Key]> extends Error
    ? ErrorJson | Exclude<Event[Key], Error>
    : Event[Key];
};

/** An event that `JSON.stringify` can write as it is. */
export type RunEventJson = { [Type in RunEvent['type']]: JsonOf<EventOf<Type>> }[RunEvent['type']];

/** The event as plain data. */
export const eventToJson = (event: RunEvent): RunEventJson =>
  withErrors(event, errorToJson) as unknown as RunEventJson;

/** The event that was written; an error comes back as an `AutomodelError`. */
export const eventFromJson = (json: RunEventJson): RunEvent =>
  withErrors(json, (error) => errorFromJson(error as ErrorJson)) as unknown as RunEvent;

/** The event with its errors changed and without keys that are undefined. */
function withErrors(
  event: RunEvent | RunEventJson,
  change: (error: unknown) => unknown,
): Readonly<Record<string, unknown>> {
  const keys = ERROR_KEYS[event.type];
  const entries = Object.entries(event).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, key in keys ? change(value) : value]),
  );
}
