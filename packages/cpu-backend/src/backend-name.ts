// The name that recipes call this backend by.

export const BACKEND_NAME = 'cpu';
