// What a process other than the first shows: warnings. Its results and its progress are those of
// the first one; an error is written by whoever runs the command.
import type { Streams, TextStream } from '../terminal/streams.js';

const WARNING = /^warning\b/;

/** Without colours. */
export function quietStreams({ out, err }: Streams): Streams {
  const silent = (stream: TextStream, passes: (text: string) => boolean): TextStream => ({
    write: (text) => {
      if (passes(text)) stream.write(text);
    },
    writeExact: () => undefined,
    isTerminal: false,
    isRedrawn: false,
    columns: stream.columns,
  });
  return {
    out: silent(out, () => false),
    err: silent(err, (text) => WARNING.test(text)),
    color: false,
  };
}
