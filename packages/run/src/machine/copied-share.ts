// Whether a checkpoint is written from copies of what is trained, so that training need not wait
// for the disk: only where they take a small part of the memory that is free.

/** Tensors are copied if they take at most this share of the free memory. */
const COPIED_SHARE = 0.2;

export const mayCopy = (bytes: number, free: number): boolean => bytes <= COPIED_SHARE * free;
