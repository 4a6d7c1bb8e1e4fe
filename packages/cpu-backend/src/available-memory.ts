// How much memory a run may use now: what a container's limit and other processes leave.
import { totalmem } from 'node:os';
import process from 'node:process';

/** Bytes. */
export const availableMemory = (): number => Math.min(process.availableMemory(), totalmem());
