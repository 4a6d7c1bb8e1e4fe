// Challenge and response: each side shows with an HMAC over both nonces that it knows the secret,
// which itself never travels. The two sides prove different texts, so that an answer cannot be sent
// back as one's own.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** What both sides know when one of them proves something. */
export interface Challenge {
  /** Of the first process. */
  readonly greeting: string;
  /** Of the process that connects. */
  readonly introduction: string;
  readonly rank: number;
  readonly size: number;
}

/** Who proves. */
export type Side = 'first' | 'other';

export const newNonce = (): string => randomBytes(32).toString('hex');

export const proofOf = (secret: string, side: Side, challenge: Challenge): string =>
  createHmac('sha256', secret)
    .update(
      [
        'automodel rendezvous',
        side,
        challenge.greeting,
        challenge.introduction,
        challenge.rank,
        challenge.size,
      ].join('\n'),
    )
    .digest('hex');

/** `given` comes from a stranger and may be anything. */
export function proves(secret: string, side: Side, challenge: Challenge, given: unknown): boolean {
  const expected = Buffer.from(proofOf(secret, side, challenge));
  const proof = Buffer.from(String(given));
  return proof.length === expected.length && timingSafeEqual(proof, expected);
}
