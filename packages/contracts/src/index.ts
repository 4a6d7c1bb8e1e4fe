export * from './adapter.js';
export * from './backend.js';
export * from './interceptor.js';
export * from './model.js';
