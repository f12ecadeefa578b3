import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';

import { seededRandom } from '../random.ts';
import type { Site } from '../site/site.interface.ts';
import { startSite } from '../site/start-site.ts';
import { ALL_FAULTS, possibleFaults } from './all-faults.ts';
import type { Fault } from './fault.interface.ts';
import { type FaultEnd, runNemesis } from './nemesis.ts';
import type { Schedule, ScheduledFault } from './schedule.ts';
import { AFTERWARDS, SEEN, WHILE_ON } from './test/looks.ts';
import { startTraffic, type Traffic } from './test/traffic.ts';
import { expectReady, expectWell } from './test/well.ts';

/** How long a fault is on here: long enough to be seen, whatever its own duration is. */
const ON_MS = 500;

describe('a fault', () => {
  let site: Site;
  let traffic: Traffic;

  beforeAll(async () => {
    site = await startSite({ replicas: 1 });
  });

  // What one fault has broken is not the next one's affair.
  afterEach(() => site.heal());
  afterAll(() => site.stop());

  // The crash points and the issuer have tests of their own.
  it.each(
    possibleFaults()
      .filter(({ name, subject }) => subject !== 'issuer' && !name.startsWith('service-crash-'))
      .map((fault) => ({ ...fault })),
  )('$name: $sentence; afterwards both services create and cancel within 2 s', async (fault) => {
    const random = seededRandom(42);
    const target = fault.target(site, random);
    await expectReady(site);
    const processes = site.replicas.map(({ process }) => process!);
    traffic = await startTraffic(site);
    try {
      const undo = await fault.apply(site, target, random);
      try {
        await WHILE_ON[fault.name]?.(site, target);
        await wait(ON_MS);
      } finally {
        const seen = await undo();
        if (SEEN[fault.name]) expect(seen).toMatch(SEEN[fault.name]!);
      }
    } finally {
      await traffic.stop();
    }
    for (const [index, replica] of site.replicas.entries()) {
      // One that has ended by itself says why.
      if (replica.process === null) throw new Error(processes[index]!.logs().slice(-10).join('\n'));
    }
    await AFTERWARDS[fault.name]?.(site, target);
    await expectWell(site);
    await expectReady(site);
  });

  it('is carried out by the nemesis when its time comes, and one that cannot be applied is recorded', async () => {
    const impossible: Fault = {
      name: 'impossible',
      matrix: 'F0',
      subject: 'load',
      sentence: 'it cannot be applied',
      lastsMs: [1, 1],
      target: () => 'nothing',
      apply: () => Promise.reject(new Error('not today')),
    };
    const of = (fault: string, atMs: number): ScheduledFault => ({ fault, atMs, durationMs: 300, seed: 7 });
    const schedule: Schedule = {
      seed: 7,
      mode: 'composed',
      lengthMs: 2000,
      faults: [of('redis-kill', 0), of('impossible', 100), of('service-kill', 200), of('lock-two-down', 300)],
    };
    const told: FaultEnd[] = [];
    const lines: string[] = [];
    const { ends, healedAtMs } = await runNemesis(site, schedule, {
      faults: [...ALL_FAULTS, impossible],
      onFault: (end) => told.push(end),
      onProgress: (line) => lines.push(line),
    });
    expect(ends.map(({ fault, failure }) => [fault, failure])).toEqual([
      ['redis-kill', null],
      ['impossible', 'not today'],
      ['service-kill', null],
      ['lock-two-down', null],
    ]);
    expect(told).toHaveLength(4);
    expect(lines.filter((line) => line.includes('FAILED: not today'))).toHaveLength(1);
    expect(healedAtMs).toBeGreaterThan(Math.max(...ends.map(({ endedAtMs }) => endedAtMs)));
    await expectWell(site);
    await expect(
      runNemesis(site, { ...schedule, faults: [of('unheard-of', 0)] }, { faults: ALL_FAULTS }),
    ).rejects.toThrow(/no fault 'unheard-of'/);
  });

  it('that is a deployment does not begin while another one is under way', async () => {
    const deployment = ALL_FAULTS.find(({ name }) => name === 'service-restart')!;
    const random = seededRandom(42);
    const before = site.replicas.map(({ process }) => process?.pid);
    const undos = [
      await deployment.apply(site, 'all replicas', random),
      await deployment.apply(site, 'all replicas', random),
    ];
    expect(await Promise.all(undos.map((undo) => undo()))).toEqual([
      '2 replicas deployed',
      'one was under way',
    ]);
    const after = site.replicas.map(({ process }) => process?.pid);
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    expect(await (await deployment.apply(site, 'all replicas', random))()).toBe('2 replicas deployed');
  });

  it('that is looked at here exists', () => {
    const names = new Set(ALL_FAULTS.map(({ name }) => name));
    expect(Object.keys({ ...WHILE_ON, ...AFTERWARDS, ...SEEN }).filter((name) => !names.has(name))).toEqual(
      [],
    );
  });
});
