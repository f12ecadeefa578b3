import { describe, expect, it } from '@jest/globals';

import { ALL_FAULTS } from './all-faults.ts';
import { printSchedule, type Schedule, scheduleComposed, scheduleSingle } from './schedule.ts';

const MINUTES_MS = 60_000;
const SUBJECT_OF = new Map(ALL_FAULTS.map(({ name, subject }) => [name, subject]));
const [REDIS_KILL] = ALL_FAULTS;

/** The faults that are on when each one begins, itself included. */
function onAtEachBegin({ faults }: Schedule): string[][] {
  return faults.map(({ atMs }) =>
    faults
      .filter((other) => other.atMs <= atMs && atMs < other.atMs + other.durationMs)
      .map(({ fault }) => fault),
  );
}

function hasCompany({ faults }: Schedule): boolean[] {
  return faults.map(({ atMs, durationMs }) =>
    faults.some(
      (other) =>
        other.atMs !== atMs && other.atMs < atMs + durationMs && atMs < other.atMs + other.durationMs,
    ),
  );
}

describe('a schedule', () => {
  it('is the same for the same seed, and another for another', () => {
    const make = (seed: number): Schedule => scheduleComposed(seed, 10 * MINUTES_MS, ALL_FAULTS);
    expect(make(7)).toEqual(make(7));
    expect(make(8)).not.toEqual(make(7));
    expect(scheduleSingle(7, MINUTES_MS, REDIS_KILL!)).toEqual(scheduleSingle(7, MINUTES_MS, REDIS_KILL!));
  });

  it('is data: it survives being written down', () => {
    const schedule = scheduleComposed(3, MINUTES_MS, ALL_FAULTS);
    expect(JSON.parse(JSON.stringify(schedule))).toEqual(schedule);
    expect(printSchedule(schedule).split('\n')).toHaveLength(schedule.faults.length + 1);
  });

  it('of one fault has it again and again, one after the other, and nothing at the end', () => {
    const { faults, lengthMs } = scheduleSingle(5, 2 * MINUTES_MS, REDIS_KILL!);
    expect(faults.length).toBeGreaterThan(10);
    expect(new Set(faults.map(({ fault }) => fault))).toEqual(new Set(['redis-kill']));
    expect(new Set(faults.map(({ seed }) => seed)).size).toBe(faults.length);
    faults.forEach(({ atMs, durationMs }, index) => {
      expect(atMs + durationMs).toBeLessThan(faults[index + 1]?.atMs ?? lengthMs + 1);
      expect(durationMs).toBeGreaterThanOrEqual(REDIS_KILL!.lastsMs[0]);
      expect(durationMs).toBeLessThanOrEqual(REDIS_KILL!.lastsMs[1]);
    });
  });

  it('that is composed has two or three at once, never two of a subject, in order, until the end', () => {
    const schedule = scheduleComposed(11, 20 * MINUTES_MS, ALL_FAULTS);
    const { faults, lengthMs } = schedule;
    expect(faults.map(({ atMs }) => atMs)).toEqual(faults.map(({ atMs }) => atMs).sort((a, b) => a - b));
    expect(Math.max(...faults.map(({ atMs, durationMs }) => atMs + durationMs))).toBeLessThanOrEqual(
      lengthMs,
    );
    for (const together of onAtEachBegin(schedule)) {
      expect(together.length).toBeLessThanOrEqual(3);
      expect(new Set(together.map((name) => SUBJECT_OF.get(name))).size).toBe(together.length);
    }
    expect(hasCompany(schedule).filter((has) => has).length).toBeGreaterThan(faults.length * 0.9);
  });

  it('that is composed has more faults where the pauses are short', () => {
    const count = (mostPauseMs: number): number =>
      scheduleComposed(11, 20 * MINUTES_MS, ALL_FAULTS, { mostPauseMs, inTurn: 'fault', lengthPart: 1 })
        .faults.length;
    expect(count(600)).toBeGreaterThan(count(3000));
  });

  it('that is composed of short faults has each in the first part of its span', () => {
    const lengthPart = 0.2;
    const density = { mostPauseMs: 1000, inTurn: 'fault', lengthPart } as const;
    const spanOf = new Map(ALL_FAULTS.map(({ name, lastsMs }) => [name, lastsMs]));
    for (const { fault, durationMs } of scheduleComposed(11, 20 * MINUTES_MS, ALL_FAULTS, density).faults) {
      const [least, most] = spanOf.get(fault)!;
      expect(durationMs).toBeGreaterThanOrEqual(least);
      expect(durationMs).toBeLessThanOrEqual(least + Math.round(lengthPart * (most - least)));
    }
  });

  it('that is composed has every fault within a quarter of an hour or so, whatever the seed', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const { faults } = scheduleComposed(seed, 20 * MINUTES_MS, ALL_FAULTS);
      expect(new Set(faults.map(({ fault }) => fault)).size).toBe(ALL_FAULTS.length);
    }
  });

  it('by kind has every kind within six minutes, and another fault of it each time', () => {
    const kindOf = new Map(ALL_FAULTS.map(({ name, matrix }) => [name, matrix]));
    const kinds = new Set(kindOf.values());
    for (let seed = 1; seed <= 20; seed += 1) {
      const { faults } = scheduleComposed(seed, 6 * MINUTES_MS, ALL_FAULTS, {
        mostPauseMs: 3000,
        inTurn: 'kind',
        lengthPart: 1,
      });
      expect(new Set(faults.map(({ fault }) => kindOf.get(fault)))).toEqual(kinds);
      const kills = faults.filter(({ fault }) => kindOf.get(fault) === 'F11');
      expect(kills.length).toBeLessThan(faults.length / 8);
      expect(new Set(kills.map(({ fault }) => fault)).size).toBe(kills.length);
    }
  });

  it('is refused for faults that cannot be composed', () => {
    expect(() => scheduleComposed(1, MINUTES_MS, [REDIS_KILL!])).toThrow(/two subjects/);
  });
});

describe('the faults', () => {
  it('have names of their own, a sentence, and a duration', () => {
    expect(new Set(ALL_FAULTS.map(({ name }) => name)).size).toBe(ALL_FAULTS.length);
    for (const { sentence, lastsMs } of ALL_FAULTS) {
      expect(sentence.length).toBeGreaterThan(10);
      expect(lastsMs[0]).toBeLessThanOrEqual(lastsMs[1]);
    }
  });
});
