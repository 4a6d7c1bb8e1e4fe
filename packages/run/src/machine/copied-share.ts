// Whether a checkpoint is written from copies of what is trained, so that training need not wait
// for the disk: only where they take a small part of the memory that is free.

/** Tensors are copied if they take at most this share of the free memory. */
const COPIED_SHARE = 0.2;

/** `bytes`: of one process. `free`: what `processes` of them may take together. */
export const mayCopy = (bytes: number, free: number, processes = 1): boolean =>
  bytes <= (COPIED_SHARE * free) / processes;
