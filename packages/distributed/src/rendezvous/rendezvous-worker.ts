// The entry of the thread that keeps in touch with the other processes, whatever the main thread
// does, which may plan or read for a minute. It ends a process that cannot end itself.
import { kill } from 'node:process';
import { parentPort, workerData } from 'node:worker_threads';
import type { ErrorData, Member } from '../wire/messages.js';
import { connectToFirst } from './connect.js';
import { FirstProcess } from './first-process.js';
import { Participant } from './participant.js';
import { paceOf } from './pulse.js';
import type { FromWorker, ToWorker, WorkerInput } from './worker-messages.js';

const input = workerData as WorkerInput;
const pace = paceOf(input.timeout);
const self: Member = { rank: input.rank, machine: input.machine, process: process.pid };
let members: readonly Member[] = [self];

const report = (message: FromWorker): void => {
  if (message.type === 'joined') members = message.members;
  parentPort?.postMessage(message);
};
const participant = new Participant({
  ...{ size: input.size, pace, report },
  now: () => performance.now(),
  onLost: endSoon,
});
const first =
  input.rank === 0 ? new FirstProcess(input, self, pace, participant, report) : undefined;

/** A main thread that is busy cannot end the process, and the user waits for its end. */
function endSoon(): void {
  if (input.killAfter !== undefined)
    setTimeout(() => kill(process.pid, 'SIGKILL'), input.killAfter);
}

function lose(error: ErrorData): void {
  first?.lose(error);
  participant.lose(error);
}

function beat(): void {
  first?.beat();
  participant.beat();
  if (input.parent !== undefined && process.ppid !== input.parent) orphaned();
}

/** One that was stopped is woken: it has to find out too. */
function orphaned(): void {
  for (const { machine, process: id } of members)
    if (machine === input.machine && id !== process.pid) wake(id);
  lose({ code: 'network', message: 'the process that started the ranks ended' });
}

function wake(id: number): void {
  try {
    kill(id, 'SIGCONT');
  } catch {
    // it has ended
  }
}

async function join(): Promise<void> {
  if (first !== undefined) {
    const failure = await first.open(input.size);
    if (failure !== undefined) lose(failure);
    return;
  }
  const found = await connectToFirst({
    ...{ self, size: input.size, secret: input.secret, address: input.address },
    timeout: input.timeout,
    onMessage: (message, body) => participant.receive(message, body),
    onClosed: () => participant.closed(),
  });
  if ('send' in found) participant.meet(found);
  else lose(found);
}

async function leave(error?: string): Promise<void> {
  await participant.leave(error);
  await first?.leave();
  report({ type: 'left' });
}

parentPort?.on('message', (message: ToWorker) => {
  if (message.type === 'call') participant.call(message, message.text);
  else void leave(message.type === 'fail' ? message.message : undefined);
});
setInterval(beat, pace.beat);
await join();
