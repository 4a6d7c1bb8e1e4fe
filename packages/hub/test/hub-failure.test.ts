// What is said of a connection that fails, by the code of the system, Node, OpenSSL or undici.
import { expect, test } from 'vitest';
import { failureOf } from '../src/network/hub-failure.js';

const thrown = (code: string): Error =>
  Object.assign(new TypeError('fetch failed'), {
    cause: Object.assign(new Error('x'), { code }),
  });

test.each([
  ['ECONNREFUSED', 'refused', 'h:1 refused the connection (ECONNREFUSED)'],
  ['ENOTFOUND', 'host-not-found', 'the host h:1 is not found (ENOTFOUND)'],
  ['EAI_AGAIN', 'host-not-found', 'the name server does not answer for h:1 (EAI_AGAIN)'],
  ['ENETUNREACH', 'no-connection', 'there is no route to h:1 (ENETUNREACH)'],
  [
    'UND_ERR_CONNECT_TIMEOUT',
    'no-connection',
    'h:1 does not accept a connection in time (UND_ERR_CONNECT_TIMEOUT)',
  ],
  ['UND_ERR_HEADERS_TIMEOUT', 'timed-out', 'h:1 does not answer (UND_ERR_HEADERS_TIMEOUT)'],
  [
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'no-tls',
    'h:1 does not speak HTTPS (ERR_SSL_WRONG_VERSION_NUMBER)',
  ],
  [
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'certificate',
    'the certificate of h:1 is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)',
  ],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'certificate',
    'the certificate of h:1 is not trusted (ERR_TLS_CERT_ALTNAME_INVALID)',
  ],
  ['ECONNRESET', 'cut', 'the connection to h:1 was cut (ECONNRESET)'],
])('%s is %s', (code, kind, message) => {
  expect(failureOf(thrown(code), 'https://h:1/x')).toMatchObject({ kind, message });
});

test('of several addresses each of which refused, and of a port that is blocked', () => {
  const refused = Object.assign(new AggregateError([thrown('ECONNREFUSED')]), { code: undefined });
  expect(failureOf(refused, 'http://h:1/x').kind).toBe('refused');
  const blocked = Object.assign(new TypeError('fetch failed'), { cause: new Error('bad port') });
  expect(failureOf(blocked, 'http://h:1/x')).toMatchObject({
    kind: 'bad-address',
    message: 'h:1 has a port that is blocked for HTTP',
    isTransient: false,
  });
});
