// SentencePiece's `precompiled_charsmap`: a double-array trie (darts-clone) of texts and, behind
// it, what they become, each ended by a zero byte. The look-up is that of the Rust library: the
// shortest entry that a text begins with replaces the whole of it.

const INDEX_BYTES = 4;

/** Undefined for bytes that are no such map. */
export function precompiledMap(bytes: Buffer): ((text: string) => string | undefined) | undefined {
  if (bytes.length < INDEX_BYTES) return undefined;
  const trieBytes = bytes.readUInt32LE(0);
  const textStart = INDEX_BYTES + trieBytes;
  if (trieBytes === 0 || trieBytes % INDEX_BYTES !== 0 || textStart > bytes.length)
    return undefined;
  const units = Uint32Array.from({ length: trieBytes / INDEX_BYTES }, (_, i) =>
    bytes.readUInt32LE(INDEX_BYTES * (i + 1)),
  );
  const texts = bytes.subarray(textStart);
  const known = new Map<string, string | undefined>();
  return (text) => {
    if (!known.has(text)) known.set(text, replacement(units, texts, Buffer.from(text, 'utf8')));
    return known.get(text);
  };
}

function replacement(units: Uint32Array, texts: Buffer, key: Buffer): string | undefined {
  const start = shortestEntry(units, key);
  if (start === undefined || start >= texts.length) return undefined;
  const end = texts.indexOf(0, start);
  return texts.toString('utf8', start, end < 0 ? texts.length : end);
}

/** The value of the first entry on the way of `key`. */
function shortestEntry(units: Uint32Array, key: Buffer): number | undefined {
  let place = offset(units[0] ?? 0);
  for (const byte of key) {
    if (byte === 0) return undefined;
    place ^= byte;
    const unit = units[place] ?? 0;
    if ((unit & 0x800000ff) >>> 0 !== byte) return undefined;
    place ^= offset(unit);
    if ((unit & 0x100) !== 0) return (units[place] ?? 0) & 0x7fffffff;
  }
  return undefined;
}

const offset = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);
