import { test } from 'node:test';
import {
  KNP_INTERFACE_SLOTS_MAX,
  KNP_INTERFACE_TABLE_SIZE,
  linkKind,
} from '../../src/core/wire/layout.generated.js';
import { openSession } from '../support/native-session.js';
import { Random } from '../support/random.js';

/** Index by index, each in a slot of its own; throws where the table refuses one. */
function setAll(indexes: Iterable<number>): void {
  const session = openSession({ interfaceSlots: KNP_INTERFACE_SLOTS_MAX });
  try {
    let slot = 0;
    for (const index of indexes) session.setInterface(index, slot++, linkKind.ethernet, false);
  } finally {
    session.close();
  }
}

test('256 interfaces that are left of many pods, at any index', () => {
  const random = new Random(1);
  for (let round = 0; round < 10; round++) {
    const indexes = new Set<number>();
    while (indexes.size < KNP_INTERFACE_SLOTS_MAX) indexes.add(1 + random.below(200_000));
    setAll(indexes);
  }
});

test('two dozen at the same place of the table', () => {
  setAll(Array.from({ length: 24 }, (_, i) => 5 + i * KNP_INTERFACE_TABLE_SIZE));
});
