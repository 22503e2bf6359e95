// Interfaces that come, go, swap their names and come back, between two looks.
import { describe, expect, it } from 'vitest';
import { RunClock } from '../../../src/core/model/clock.js';
import type { NativeLink } from '../../../src/core/native/contract.js';
import { InterfaceChanges } from '../../../src/core/sources/interface-changes.js';
import { chooseInterfaces } from '../../../src/core/sources/interface-choice.js';
import { WatchedInterfaces } from '../../../src/core/sources/watched-interfaces.js';
import { FakeLinkSession, fakeLink as link, refusal } from '../../support/fake-links.js';

function watch(names: readonly string[], links: readonly NativeLink[], slots = 8) {
  let nowMs = 0;
  const session = new FakeLinkSession(slots);
  const clock = new RunClock({ wallUs: () => nowMs * 1000, boottimeMs: () => nowMs });
  const changes = new InterfaceChanges(clock);
  const watched = new WatchedInterfaces({
    ...session.asNative(),
    slots,
    choice: chooseInterfaces(names, undefined, links),
    changes,
    ingress: 'auto',
    egress: 'tc',
    nowMs: () => nowMs,
  });
  watched.attachChosen();
  return {
    session,
    watched,
    /** What the list shows, present ones and those that have gone. */
    names: () => watched.list().map(({ name, present }) => (present ? name : `(${name})`)),
    follow: (now: readonly NativeLink[], deleted: readonly number[] = []) =>
      watched.follow(now, new Set(deleted)),
    drain: () => {
      watched.drainBegins();
      session.drained();
      watched.drainEnded();
    },
    told: (last = false) => changes.take(last).map(({ code, message }) => `${code}: ${message}`),
    codes: (last = false) => changes.take(last).map(({ code }) => code),
    pass: (milliseconds: number) => {
      nowMs += milliseconds;
    },
  };
}

describe('any', () => {
  it('takes what comes, and gives its slot to another two drains later', () => {
    const run = watch(['any'], [link('a', 2)], 2);
    run.follow([link('a', 2), link('b', 3)]);
    expect(run.names()).toEqual(['a', 'b']);
    expect([...run.session.slots]).toEqual([
      [2, 0],
      [3, 1],
    ]);
    run.follow([link('b', 3), link('c', 4)], [2]);
    expect(run.names()).toEqual(['b', '(a)']);
    expect(run.codes()).toEqual(['interface_added', 'interface_gone', 'interface_limit']);
    // The drain that takes its last counts still knows its name.
    run.watched.drainBegins();
    run.session.drained();
    expect(run.names()).toEqual(['b', '(a)']);
    run.watched.drainEnded();
    expect(run.watched.wantsAnotherLook).toBe(true);
    run.follow([link('b', 3), link('c', 4)]);
    expect([...run.session.slots]).toEqual([[3, 1]]);
    run.drain();
    run.follow([link('b', 3), link('c', 4)]);
    expect([...run.session.slots]).toEqual([
      [3, 1],
      [4, 0],
    ]);
    run.drain();
    expect(run.names()).toEqual(['b', 'c']);
    expect(run.watched.wantsAnotherLook).toBe(false);
  });

  it('what finds no slot is tried again after each drain, and warned of once', () => {
    const run = watch(['any'], [link('a', 2)], 1);
    run.follow([link('b', 3)], [2]);
    for (let drains = 0; drains < 2; drains += 1) {
      run.follow([link('b', 3)]);
      expect(run.session.slots.size).toBe(0);
      run.drain();
      expect(run.watched.wantsAnotherLook).toBe(true);
    }
    run.follow([link('b', 3)]);
    expect([...run.session.slots]).toEqual([[3, 0]]);
    expect(run.codes().filter((code) => code === 'interface_limit')).toHaveLength(1);
  });

  it('a thousand that come and go: nothing is left of them', () => {
    const run = watch(['any'], [], 4);
    for (let index = 2; index < 1002; index += 1) {
      run.follow([link(`p${index}`, index)], [index - 1]);
      expect(run.session.slots.has(index)).toBe(true);
      expect(run.session.slots.size).toBe(1);
      expect(run.session.attachments.size).toBe(2);
      run.drain();
      expect(run.watched.list().length).toBeLessThanOrEqual(2);
      run.pass(100);
    }
    const told = run.told(true);
    // Forty at once and one every two seconds, each a warning, then a sum every ten seconds.
    expect(told.length).toBeLessThan(120);
    expect(told.filter((text) => text.startsWith('interfaces_changed')).length).toBeGreaterThan(0);
  });

  it('one name, another index: two interfaces', () => {
    const run = watch(['any'], [link('a', 2)]);
    run.follow([link('a', 7)], [2]);
    expect(run.names()).toEqual(['a', '(a)']);
    expect([...run.session.slots.keys()]).toEqual([7]);
    expect(run.codes()).toEqual(['interface_gone', 'interface_added']);
  });

  it('one index, deleted and made again: two interfaces', () => {
    const run = watch(['any'], [link('a', 2)]);
    const before = [...run.session.attachments.keys()];
    run.follow([link('a', 2)], [2]);
    expect(run.names()).toEqual(['a', '(a)']);
    expect([...run.session.attachments.keys()].some((id) => before.includes(id))).toBe(false);
    expect(run.session.slots.get(2)).toBe(1);
  });

  it('swapped names stay with their indexes, and nothing is attached again', () => {
    const run = watch(['any'], [link('a', 2), link('b', 3)]);
    const before = [...run.session.attachments.keys()];
    run.follow([link('b', 2), link('a', 3)]);
    expect(run.watched.list().map(({ name, index }) => [name, index])).toEqual([
      ['b', 2],
      ['a', 3],
    ]);
    expect([...run.session.attachments.keys()]).toEqual(before);
    expect(run.told()).toEqual([
      'interface_renamed: a is now called b',
      'interface_renamed: b is now called a',
    ]);
  });

  it('more than there is room for: one warning that says how many, and again only after all had room', () => {
    const links = Array.from({ length: 12 }, (_, i) => link(`p${i}`, i + 2));
    const run = watch(['any'], links);
    expect(run.told()).toEqual([
      'interface_limit: 4 interfaces are not watched: 8 at once are the most',
    ]);
    run.follow(links);
    run.follow([...links, link('q', 90)]);
    expect(run.told()).toEqual([]);
    run.follow(links.slice(0, 8));
    run.follow(links);
    expect(run.codes()).toEqual(['interface_limit']);
  });

  it('what has gone before it could be attached is not worth a word', () => {
    const run = watch(['any'], [link('a', 2)]);
    run.session.refusals.set(3, refusal('ENODEV'));
    run.follow([link('a', 2), link('b', 3)]);
    expect(run.told()).toEqual([]);
    expect(run.names()).toEqual(['a']);
  });

  it('one that is refused is reported once, and tried again when it is another', () => {
    const run = watch(['any'], [link('a', 2)]);
    run.session.refusals.set(3, refusal('EPERM'));
    run.follow([link('a', 2), link('b', 3)]);
    run.follow([link('a', 2), link('b', 3)]);
    expect(run.codes()).toEqual(['interface_not_attached']);
    run.session.refusals.clear();
    run.follow([link('a', 2), link('b', 3)]);
    expect(run.names()).toEqual(['a']);
    run.follow([link('a', 2), link('b', 3)], [3]);
    expect(run.names()).toEqual(['a', 'b']);
  });

  it('a look ends when its time is over, and the next one goes on', () => {
    const run = watch(['any'], []);
    run.session.onAttach = () => run.pass(20);
    const links = Array.from({ length: 6 }, (_, i) => link(`p${i}`, i + 2));
    run.follow(links);
    expect(run.names()).toEqual(['p0', 'p1', 'p2']);
    expect(run.watched.wantsAnotherLook).toBe(true);
    run.follow(links);
    expect(run.names()).toHaveLength(6);
    run.follow(links);
    expect(run.watched.wantsAnotherLook).toBe(false);
  });

  it('the list is the same array as long as nothing changes', () => {
    const run = watch(['any'], [link('a', 2)]);
    const before = run.watched.list();
    run.follow([link('a', 2)]);
    run.drain();
    expect(run.watched.list()).toBe(before);
    run.follow([link('a', 2, { flags: 0 })]);
    expect(run.watched.list()).not.toBe(before);
  });
});

describe('named interfaces', () => {
  it('one that goes is awaited, and taken up again under its name', () => {
    const run = watch(['a', 'b'], [link('a', 2), link('b', 3)]);
    run.follow([link('b', 3)], [2]);
    expect(run.told()).toEqual([
      'interface_awaited: a was deleted; its counts stay, and it is watched again when an interface called a appears',
    ]);
    expect(run.watched.awaited).toEqual(['a']);
    run.drain();
    run.drain();
    run.follow([link('b', 3), link('other', 8)]);
    expect(run.names()).toEqual(['b']);
    run.follow([link('b', 3), link('a', 9)]);
    expect(run.names()).toEqual(['b', 'a']);
    expect(run.watched.awaited).toEqual([]);
    expect(run.codes()).toEqual(['interface_added']);
  });

  it('all of them: nothing ends, and all come back', () => {
    const run = watch(['a'], [link('a', 2)]);
    for (let index = 3; index < 50; index += 1) {
      run.follow([], [index - 1]);
      expect(run.watched.isEmpty).toBe(true);
      run.drain();
      run.follow([link('a', index)]);
      expect(run.watched.isEmpty).toBe(false);
      expect(run.session.slots.size).toBe(1);
    }
  });

  it('one that was renamed is awaited under the name that was given', () => {
    const run = watch(['a'], [link('a', 2)]);
    run.follow([link('z', 2), link('a', 5)]);
    // The interface is still there: another of its former name isn't meant.
    expect(run.names()).toEqual(['z']);
    run.follow([link('a', 5)], [2]);
    expect(run.names()).toEqual(['a', '(z)']);
  });

  it('comes back under an alternative name, and by name@peer', () => {
    const run = watch(
      ['long', 'b@if7'],
      [link('a', 2, { alternativeNames: ['long'] }), link('b', 3)],
    );
    expect(run.names()).toEqual(['a', 'b']);
    run.follow([], [2, 3]);
    run.drain();
    run.drain();
    run.follow([link('c', 4, { alternativeNames: ['x', 'long'] }), link('b', 5)]);
    expect(run.names()).toEqual(['c', 'b']);
  });
});

describe('what is reported of many changes', () => {
  it('is summed up, with the last failure, and nothing is left out', () => {
    let nowMs = 0;
    const clock = new RunClock({ wallUs: () => 0, boottimeMs: () => nowMs });
    const changes = new InterfaceChanges(clock);
    for (let i = 0; i < 100; i += 1) changes.report('interface_added', `p${i} is watched now`);
    changes.report('interface_not_attached', 'q: no');
    expect(changes.take(false)).toHaveLength(40);
    nowMs = 9_000;
    expect(changes.take(false)).toEqual([]);
    nowMs = 10_000;
    const [sum] = changes.take(false);
    expect(sum!.message).toBe(
      'within 10 s, beside those named singly: of the interfaces 60 came, 1 could not be watched; the last that could not: q: no',
    );
    for (let i = 0; i < 20; i += 1) changes.report('interface_gone', 'p');
    expect(changes.take(true).at(-1)!.message).toContain('of the interfaces 15 went');
  });
});
