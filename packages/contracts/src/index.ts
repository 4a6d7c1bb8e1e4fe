export * from './adapter.js';
export * from './backend.js';
export * from './exporter.js';
export * from './interceptor.js';
export * from './model.js';
export * from './tracker.js';
