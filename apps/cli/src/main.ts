// The process: its streams, its signals, its exit code. The first Ctrl-C (or SIGTERM, or SIGHUP)
// lets the command end after what it is doing; a second Ctrl-C or SIGTERM ends the process by that
// signal, which stops native threads too (ending through process.exit would tear the process down
// under them). A reader that goes away (`| head`) ends the command, and is not an error; neither is
// a terminal that is gone.
import type { SupervisorLink } from '@automodel/distributed';
import type { ShownError } from './cli-context.js';
import { EXIT } from './exit-code.js';
import type { PassSignal } from './processes.js';
import { quietStreams } from './ranks/quiet-streams.js';
import { runCli } from './run-cli.js';
import { StopSignals, type StopSignal } from './stop-signals.js';
import { closeGoneTerminals, isOfGoneTerminal } from './terminal/gone-terminal.js';
import { isUnderNohup } from './terminal/nohup.js';
import { processStreams } from './terminal/streams.js';

const EXIT_OF_SIGNAL: Readonly<Record<StopSignal, number>> = {
  SIGHUP: EXIT.hungUp,
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
};

/** Milliseconds after which nobody waits any more for a process whose supervisor has gone. */
const END_AFTER_SUPERVISOR = 8000;

const argv = process.argv.slice(2);
const supervisor = await findSupervisor();
const stop = new AbortController();
const streams = processStreams();
const signals = new StopSignals();
let stopped: number | undefined;
/** Loaded with the first signal: until then a command may need nothing of the kind. */
let removeUnfinished: (() => void) | undefined;

/** Of a process that has started others: signals are for them. */
let passSignal: PassSignal | undefined;

function onSignal(signal: StopSignal): void {
  const reaction = signals.handle(signal);
  if (reaction === 'nothing') return;
  if (reaction === 'stop') {
    stopped = EXIT_OF_SIGNAL[signal];
    const again = signal === 'SIGINT' ? '; press Ctrl-C again to stop at once' : '';
    streams.err.write(`\nStopping after this step${again}.\n`);
    void passSignal?.(signal, false);
    return endAfterThis();
  }
  if (reaction === 'end') {
    if (streams.err.isTerminal) streams.err.write('\n'); // after the terminal's ^C
    return endAfterThis();
  }
  void endAtOnce(signal);
}

async function endAtOnce(signal: StopSignal): Promise<void> {
  await passSignal?.(signal, true);
  removeUnfinished?.();
  if (supervisor === undefined) streams.err.write('\n'); // the prompt begins a line of its own
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** A supervisor decides what the signals mean that the terminal sends to all processes. */
function obeySupervisor(link: SupervisorLink): void {
  link.onSignal((signal, isLast) => {
    if (isLast) return void endAtOnce(signal);
    stopped = EXIT_OF_SIGNAL[signal];
    endAfterThis();
  });
  link.onGone(() => {
    // errors go to the supervisor, and one process here says that it does not show them any more
    if (link.place.local.rank === 0)
      streams.err.write('\nerror: the process that started the ranks ended\n');
    endAfterThis();
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), END_AFTER_SUPERVISOR).unref();
  });
}

/** Lets the command end after what it is doing. */
function endAfterThis(): void {
  stop.abort();
  void import('@automodel/checkpoint').then((files) => ({ removeUnfinished } = files));
}

/**
 * If the reader of the results has gone, nothing is left to do; without one of the progress the
 * work goes on.
 */
function onClosed(error: NodeJS.ErrnoException, stream: NodeJS.WriteStream): void {
  if (error.code !== 'EPIPE' && !isOfGoneTerminal(error)) throw error;
  if (stream !== process.stdout) return;
  stopped ??= EXIT.done;
  stop.abort();
}

/** Loaded for processes that another one has started, and for no other. */
async function findSupervisor(): Promise<SupervisorLink | undefined> {
  if (process.send === undefined || process.env['AUTOMODEL_SUPERVISED'] === undefined) return;
  const { supervisorOf } = await import('@automodel/distributed');
  return supervisorOf(process.env, process);
}

let hasFailed = false;

/** All processes may fail for one reason: the supervisor shows it once. */
function tellSupervisor(link: SupervisorLink): (shown: ShownError) => Promise<void> {
  return async ({ error, text, code }) => {
    hasFailed = true;
    const { isLostRank } = await import('@automodel/distributed');
    await link.failed({ text, code, isConsequence: isLostRank(error) });
  };
}

let isEnding = false;

async function onBug(error: unknown): Promise<void> {
  if (isEnding) return; // the first error is the cause
  isEnding = true;
  if (isOfGoneTerminal(error)) process.exit(EXIT.hungUp); // a question that nobody can answer
  try {
    const { describeError, exitCodeOf } = await import('./describe-error.js');
    const text = describeError(error, argv.includes('--debug'));
    const code = exitCodeOf(error); // a full disk behind stdout is not a bug
    if (supervisor === undefined) streams.err.write(`${text}\n`);
    else await tellSupervisor(supervisor)({ error, text, code });
    process.exit(code);
  } catch {
    streams.err.write(`${String(error)}\n`); // nothing more can be loaded: no open file is left
    process.exit(EXIT.bug);
  }
}

const isDeaf = (signal: StopSignal): boolean =>
  supervisor !== undefined || (signal === 'SIGHUP' && isUnderNohup(process.env));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (!isDeaf(signal)) onSignal(signal);
  });
if (supervisor !== undefined) obeySupervisor(supervisor);
process.on('uncaughtException', (error) => void onBug(error));
closeGoneTerminals();
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => onClosed(error, stream));
console.debug = () => undefined; // @huggingface/hub writes there, and stdout is for results
const isOther = supervisor !== undefined && supervisor.place.rank > 0;
const code = await runCli(argv, {
  streams: isOther ? quietStreams(streams) : streams,
  workingDirectory: process.cwd(),
  environment: process.env,
  signal: stop.signal,
  expectStop: () => signals.expect(),
  processes: {
    command: process.execPath,
    args: [...process.execArgv, process.argv[1]!],
    words: argv,
    supervisor,
    passSignals: (pass) => (passSignal = pass),
  },
  showError: supervisor && tellSupervisor(supervisor),
});
process.exitCode = stopped ?? code;
if (!hasFailed) await supervisor?.ended(process.exitCode);
