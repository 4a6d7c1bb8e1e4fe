// The process: its streams, its signals, its exit code. The first Ctrl-C (or SIGTERM, or SIGHUP)
// lets the command end after what it is doing; a second Ctrl-C or SIGTERM ends the process by that
// signal, which stops native threads too (ending through process.exit would tear the process down
// under them). A reader that goes away (`| head`) ends the command, and is not an error; neither is
// a terminal that is gone.
import { EXIT } from './exit-code.js';
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

const argv = process.argv.slice(2);
const stop = new AbortController();
const streams = processStreams();
const signals = new StopSignals();
let stopped: number | undefined;
/** Loaded with the first signal: until then a command may need nothing of the kind. */
let removeUnfinished: (() => void) | undefined;

function onSignal(signal: StopSignal): void {
  const reaction = signals.handle(signal);
  if (reaction === 'nothing') return;
  if (reaction === 'stop') {
    stopped = EXIT_OF_SIGNAL[signal];
    const again = signal === 'SIGINT' ? '; press Ctrl-C again to stop at once' : '';
    streams.err.write(`\nStopping after this step${again}.\n`);
    return endAfterThis();
  }
  if (reaction === 'end') {
    if (streams.err.isTerminal) streams.err.write('\n'); // after the terminal's ^C
    return endAfterThis();
  }
  removeUnfinished?.();
  streams.err.write('\n'); // the shell's prompt begins a line of its own
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
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

let isEnding = false;

async function onBug(error: unknown): Promise<void> {
  if (isEnding) return; // the first error is the cause
  isEnding = true;
  if (isOfGoneTerminal(error)) process.exit(EXIT.hungUp); // a question that nobody can answer
  try {
    const { describeError, exitCodeOf } = await import('./describe-error.js');
    streams.err.write(`${describeError(error, argv.includes('--debug'))}\n`);
    process.exit(exitCodeOf(error)); // a full disk behind stdout is not a bug
  } catch {
    streams.err.write(`${String(error)}\n`); // nothing more can be loaded: no open file is left
    process.exit(EXIT.bug);
  }
}

process.on('SIGINT', () => onSignal('SIGINT'));
process.on('SIGTERM', () => onSignal('SIGTERM'));
process.on('SIGHUP', isUnderNohup(process.env) ? () => undefined : () => onSignal('SIGHUP'));
process.on('uncaughtException', (error) => void onBug(error));
closeGoneTerminals();
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => onClosed(error, stream));
console.debug = () => undefined; // @huggingface/hub writes there, and stdout is for results
const code = await runCli(argv, {
  streams,
  workingDirectory: process.cwd(),
  environment: process.env,
  signal: stop.signal,
  expectStop: () => signals.expect(),
});
process.exitCode = stopped ?? code;
