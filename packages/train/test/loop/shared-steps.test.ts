// Steps that processes share, over simulated ranks: they drop what one process drops, and leave
// after the same step whoever wants to stop.
import { BatchLoader } from '@automodel/data';
import ddp from '@automodel/parallel-ddp';
import { singleProcess } from '@automodel/session';
import { simulatedRanks, type SimulatedRank } from '@automodel/testing';
import { expect, test } from 'vitest';
import { sgd, Stop, StepScheduler, train, validationData, type TrainEvent } from '@automodel/train';
import { savedAt, shortRun } from '../support/short-run.js';
import { droppingModel, raggedSamples, tinySession } from '../support/tiny-session.js';

const MAX_STEPS = 3;

/** A run of steps of four micro-batches; `stopAfter`: this rank wants to stop in that step. */
async function eventsOfRank(
  rank: SimulatedRank | undefined,
  stopAfter?: number,
): Promise<TrainEvent[]> {
  const parallelism =
    rank === undefined ? singleProcess : await ddp.create({}, { host: rank.host });
  const { data: ranks } = parallelism.mesh;
  const sizes = { localBatchSize: 1, worldSize: ranks.size, rank: ranks.rank };
  const data = new BatchLoader({ samples: raggedSamples(8), globalBatchSize: 4, ...sizes });
  const wish = new AbortController();
  const events: TrainEvent[] = [];
  const run = shortRun({
    session: tinySession(
      { model: droppingModel(), parallelism },
      rank === undefined ? undefined : rank.backend,
    ),
    data,
    scheduler: new StepScheduler({ maxSteps: MAX_STEPS }, data.batchesPerEpoch),
    optimizer: sgd({ momentum: 0, nesterov: false }),
    validation: new Map([
      [
        'default',
        validationData(
          new BatchLoader({ samples: raggedSamples(3), globalBatchSize: 4, ...sizes }),
        ),
      ],
    ]),
    saveCheckpoint: ({ step }) => Promise.resolve(savedAt(`step_${step}`)),
    stop: new Stop(wish.signal, parallelism.host),
  });
  for await (const event of train(run)) {
    events.push(event);
    if (event.type === 'step' && event.step === stopAfter) wish.abort();
  }
  return events;
}

const lossesOf = (events: readonly TrainEvent[]): number[] =>
  events.flatMap((e) => (e.type === 'step' || e.type === 'validation' ? [e.loss] : []));

test('two processes drop the same elements as one', async () => {
  const alone = lossesOf(await eventsOfRank(undefined));
  const shared = await Promise.all(
    simulatedRanks([{ name: 'dp_replicate', size: 2 }]).map((rank) => eventsOfRank(rank)),
  );
  expect(alone.length).toBeGreaterThan(MAX_STEPS);
  for (const losses of shared.map(lossesOf)) {
    expect(losses).toHaveLength(alone.length);
    losses.forEach((loss, i) => expect(Math.abs(loss / alone[i]! - 1)).toBeLessThan(1e-5));
  }
});

test('the wish of one process ends all after the same step', async () => {
  const ranks = simulatedRanks([{ name: 'dp_replicate', size: 2 }]);
  const shared = await Promise.all([eventsOfRank(ranks[0]), eventsOfRank(ranks[1], 0)]);
  for (const events of shared) {
    expect(events.filter(({ type }) => type === 'step')).toHaveLength(2);
    expect(events.map(({ type }) => type)).toContain('checkpoint-saved');
    expect(events.at(-1)).toMatchObject({ type: 'done', reason: 'aborted', steps: 2 });
  }
});
