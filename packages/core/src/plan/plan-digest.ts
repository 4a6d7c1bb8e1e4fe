// A short name for everything in a plan: processes that run one together compare it before they
// begin, since no verifier of a single plan sees that ranks call collectives in different orders.
import { planToJson } from './plan-json.js';
import { sha256 } from './sha256.js';
import type { Plan } from './plan.js';

/**
 * SHA-256 of all that `plan` holds (buffers and their contents, steps, attributes, waits, order) in
 * 64 hexadecimal digits: equal for equal plans, whichever process made them.
 */
export const planDigest = (plan: Plan): string =>
  sha256(new TextEncoder().encode(planToJson(plan)));
