// Where processes meet that are told a host and no port.

/** As torchrun's. */
export const DEFAULT_PORT = 29_500;
