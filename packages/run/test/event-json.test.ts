// Every event of a run survives JSON, errors included. A new event needs
// a sample, or neither the table compiles nor the test passes.
import { AutomodelError } from '@automodel/core';
import { expect, test } from 'vitest';
import { EVENT_TYPES } from '../src/events/event-json.js';
import { eventFromJson, eventToJson, type RunEvent } from '../src/index.js';
import { SAMPLES } from './event-samples.js';

const throughText = (event: RunEvent): RunEvent =>
  eventFromJson(JSON.parse(JSON.stringify(eventToJson(event))) as ReturnType<typeof eventToJson>);

test.each(EVENT_TYPES)('%s goes through JSON and comes back', (type) => {
  const samples: readonly RunEvent[] = SAMPLES[type];
  expect(samples.length).toBeGreaterThan(0);
  for (const event of samples) expect(throughText(event)).toEqual(event);
});

test('an error is its code, message, location and hint', () => {
  const [failed] = SAMPLES['checkpoint-failed'];
  expect(eventToJson(failed!)).toEqual({
    type: 'checkpoint-failed',
    step: 4,
    epoch: 0,
    error: {
      code: 'io',
      message: 'no space left on the disk',
      location: '/out',
      hint: 'free some space',
    },
  });
  const back = throughText(failed!);
  const error = back.type === 'checkpoint-failed' ? back.error : undefined;
  expect(error).toBeInstanceOf(AutomodelError);
  expect(error).toMatchObject({
    code: 'io',
    location: '/out',
    hint: 'free some space',
    message: '/out: no space left on the disk',
  });
});

test('an error of another class becomes internal', () => {
  const event: RunEvent = {
    type: 'checkpoint-failed',
    step: 0,
    epoch: 0,
    error: new TypeError('x is not a function'),
  };
  expect(eventToJson(event)).toMatchObject({
    error: { code: 'internal', message: 'x is not a function' },
  });
});
