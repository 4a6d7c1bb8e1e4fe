// How processes of one machine find the memory of each other: each says where its own is, opens
// that of all others, and hears whether all could.
import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';
import type { HostGroup } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { Address, NativeLibrary } from '../library.js';
import { sayToAll } from './say-to-all.js';
import { mapHeap, SharedHeap } from './shared-heap.js';

/** What a process says of itself. */
interface Card {
  readonly machine: string;
  /** Tells machines of one name apart, and containers of one machine. */
  readonly place: string;
  readonly path: string;
  readonly bytes: number;
  readonly id: string;
}

export interface Neighbours {
  readonly own: SharedHeap;
  /** Where the heap of each rank begins in this process. */
  readonly heaps: readonly Address[];
  /** Gives the heaps of the others back. */
  forget(): void;
}

const readText = (read: () => string): string => {
  try {
    return read().trim();
  } catch {
    return '';
  }
};

const place = (): string =>
  [
    hostname(),
    readText(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    readText(() => readlinkSync('/proc/self/ns/pid')),
  ].join(' ');

const pathOf = ({ file, name }: SharedHeap): string =>
  process.platform === 'linux' ? `/proc/${process.pid}/fd/${file}` : name;

function refuseStrangers(cards: readonly Card[], own: Card): void {
  const stranger = cards.findIndex((card) => card.place !== own.place);
  if (stranger === -1) return;
  const { machine } = cards[stranger]!;
  throw new AutomodelError(
    'unsupported',
    machine === own.machine
      ? `rank ${stranger} runs in another container of ${machine}, whose memory cannot be shared`
      : `rank ${stranger} runs on ${machine}, this process on ${own.machine}: ` +
          'shared-memory connects processes of one machine',
    { hint: 'choose the engine mpi' },
  );
}

/**
 * Every process calls it. Errors: `unsupported`, in all processes, naming the rank that is
 * elsewhere or whose memory cannot be opened.
 */
export async function meetNeighbours(library: NativeLibrary, host: HostGroup): Promise<Neighbours> {
  const id = randomBytes(8).readBigInt64LE();
  let own: SharedHeap | undefined;
  const opened = new Map<number, { readonly address: Address; readonly bytes: number }>();
  const forget = (): void => {
    for (const { address, bytes } of opened.values()) library.heap_unmap(address, bytes);
    opened.clear();
  };
  try {
    const cards = await sayToAll(host, (): Card => {
      own = new SharedHeap(library, `/automodel-${id.toString(36).slice(-12)}`, id);
      const { bytes } = own;
      return { machine: hostname(), place: place(), path: pathOf(own), bytes, id: String(id) };
    });
    refuseStrangers(cards, cards[host.rank]!);
    await sayToAll(host, () => {
      cards.forEach(({ path, bytes, id: theirs }, rank) => {
        if (rank !== host.rank)
          opened.set(rank, { address: mapHeap(library, path, bytes, BigInt(theirs)), bytes });
      });
      return true;
    });
    const heap = own!;
    const heaps = cards.map((_, rank) => opened.get(rank)?.address ?? heap.address);
    return { own: heap, heaps, forget };
  } catch (error) {
    forget();
    own?.close();
    throw error;
  } finally {
    if (own !== undefined) library.heap_unlink(own.name);
  }
}
