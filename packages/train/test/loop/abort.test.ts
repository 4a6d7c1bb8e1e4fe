// What an abort does to a run: nothing is lost, and nothing is said of what was not finished.
import { BatchLoader } from '@automodel/data';
import { expect, test } from 'vitest';
import { Stop, train, validationData, type TrainEvent } from '@automodel/train';
import { eventsOf, savedAt, shortRun } from '../support/short-run.js';
import { raggedSamples } from '../support/tiny-session.js';

test('an abort ends the run after the step in progress, saves and does not validate', async () => {
  const abort = new AbortController();
  const events: TrainEvent[] = [];
  const run = shortRun({
    stop: new Stop(abort.signal),
    saveCheckpoint: ({ step }) => Promise.resolve(savedAt(`step_${step}`)),
    validation: new Map(),
  });
  for await (const event of train(run)) {
    events.push(event);
    if (event.type === 'step' && event.step === 1) abort.abort();
  }
  expect(events.map((e) => e.type)).toEqual(['plan', 'step', 'step', 'checkpoint-saved', 'done']);
  expect(events.at(-1)).toMatchObject({ reason: 'aborted', steps: 2 });
});

/** A run that is aborted while it validates after the step `at`; `due` takes what is saved. */
function abortedInValidation(at: number, due: (readonly string[])[]): Promise<TrainEvent[]> {
  const abort = new AbortController();
  const whole = validationData(
    new BatchLoader({ samples: raggedSamples(3), globalBatchSize: 1, localBatchSize: 1 }),
  );
  let validations = 0;
  return eventsOf(
    shortRun({
      stop: new Stop(abort.signal),
      validation: new Map([
        [
          'default',
          {
            capacity: whole.capacity,
            *batches() {
              const isDue = ++validations * 3 > at;
              for (const batch of whole.batches()) {
                if (isDue) abort.abort();
                yield batch;
              }
            },
          },
        ],
      ]),
      saveCheckpoint: ({ validationsDue }) => {
        due.push(validationsDue);
        return Promise.resolve(savedAt('stopped'));
      },
    }),
  );
}

test('an abort during a validation ends it: a part of a set says nothing', async () => {
  const due: (readonly string[])[] = [];
  const events = await abortedInValidation(2, due);
  expect(events.map((e) => e.type).join(' ')).toBe('plan step step step checkpoint-saved done');
  expect(due).toEqual([['default']]);
});

test('the last validation comes to its end: the result may depend on it', async () => {
  const due: (readonly string[])[] = [];
  const events = await abortedInValidation(5, due);
  expect(events.map((e) => e.type).join(' ')).toBe(
    'plan step step step validation checkpoint-saved step step step validation checkpoint-saved ' +
      'done',
  );
  expect(events.at(-1)).toMatchObject({ reason: 'finished' });
  expect(due).toEqual([[], []]);
});
