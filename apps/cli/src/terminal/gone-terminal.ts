// A terminal that is gone at the end of the process. Node gives terminals their settings back when
// it ends, and aborts where that fails; a closed one it leaves alone.
import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';

const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
const gone = (): number[] => terminals.filter((descriptor) => !isatty(descriptor));

/** Closes standard streams that were terminals and are gone when the process ends. */
export function closeGoneTerminals(): void {
  process.on('exit', () => gone().forEach((descriptor) => closeSync(descriptor)));
}

/** Whether an error comes from reading, writing or setting a terminal that is gone. */
export const isOfGoneTerminal = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException | undefined)?.code === 'EIO' && gone().length > 0;
