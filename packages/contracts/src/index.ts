export * from './backend.js';
export * from './model.js';
