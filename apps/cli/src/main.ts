// The process: its streams, its signals, its exit code. The first Ctrl-C (or SIGTERM) lets the
// command end after what it is doing; the second ends the process by that signal, which stops
// native threads too (ending through process.exit would tear the process down under them). A reader
// that goes away (`| head`) ends the command, and is not an error.
import { EXIT } from './exit-code.js';
import { runCli } from './run-cli.js';
import { processStreams } from './terminal/streams.js';

const argv = process.argv.slice(2);
const stop = new AbortController();
const streams = processStreams();
let stopped: number | undefined;
/** Loaded with the first signal: until then a command may need nothing of the kind. */
let removeUnfinished: (() => void) | undefined;

function onSignal(signal: 'SIGINT' | 'SIGTERM'): void {
  const code = signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
  if (stopped === undefined) {
    stopped = code;
    const again = signal === 'SIGINT' ? '; press Ctrl-C again to stop at once' : '';
    streams.err.write(`\nStopping after this step${again}.\n`);
    stop.abort();
    void import('@automodel/checkpoint').then((files) => ({ removeUnfinished } = files));
    return;
  }
  removeUnfinished?.();
  streams.err.write('\n'); // the shell's prompt begins a line of its own
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/**
 * If the reader of the results has gone, nothing is left to do; without one of the progress the
 * work goes on.
 */
function onClosed(error: NodeJS.ErrnoException, isResult: boolean): void {
  if (error.code !== 'EPIPE') throw error;
  if (!isResult) return;
  stopped ??= EXIT.done;
  stop.abort();
}

async function onBug(error: unknown): Promise<void> {
  const { describeError } = await import('./describe-error.js');
  streams.err.write(`${describeError(error, argv.includes('--debug'))}\n`);
  process.exit(EXIT.bug);
}

process.on('SIGINT', () => onSignal('SIGINT'));
process.on('SIGTERM', () => onSignal('SIGTERM'));
process.on('uncaughtException', (error) => void onBug(error));
process.stdout.on('error', (error) => onClosed(error, true));
process.stderr.on('error', (error) => onClosed(error, false));
console.debug = () => undefined; // @huggingface/hub writes there, and stdout is for results
const code = await runCli(argv, {
  streams,
  workingDirectory: process.cwd(),
  environment: process.env,
  signal: stop.signal,
});
process.exitCode = stopped ?? code;
