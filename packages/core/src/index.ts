export * from './error.js';
export * from './tensor/dtype.js';
