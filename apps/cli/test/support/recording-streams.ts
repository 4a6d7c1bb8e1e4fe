// Streams that keep what is written, for tests that read what users see.
import { shownText, type Streams, type TextStream } from '../../src/terminal/streams.js';

export interface Recording extends Streams {
  readonly written: { out: string; err: string };
}

/** `terminal`: as a terminal 80 columns wide with colours. */
export function recordingStreams(terminal = false): Recording {
  const written = { out: '', err: '' };
  const stream = (name: 'out' | 'err'): TextStream => ({
    write: (text) => void (written[name] += shownText(text)),
    writeExact: (text) => void (written[name] += text),
    isTerminal: terminal,
    isRedrawn: terminal,
    columns: 80,
  });
  return { out: stream('out'), err: stream('err'), color: terminal, written };
}
