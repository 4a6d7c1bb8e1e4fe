export * from './adapter.js';
export * from './backend.js';
export * from './batch.js';
export * from './exporter.js';
export * from './interceptor.js';
export * from './model.js';
export * from './parameter-names.js';
export * from './tracker.js';
