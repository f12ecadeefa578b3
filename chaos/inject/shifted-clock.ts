const RealDate = Date;

/** Makes the wall clock of this process fast, or slow. Timers and the monotonic clock go on as before, as with a real step. */
export function shiftClock(offsetMs: number): void {
  const now = (): number => RealDate.now() + offsetMs;
  globalThis.Date =
    offsetMs === 0
      ? RealDate
      : new Proxy(RealDate, {
          construct: (target, args: unknown[], newTarget) =>
            Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
          apply: () => new RealDate(now()).toString(),
          get: (target, property, receiver): unknown =>
            property === 'now' ? now : Reflect.get(target, property, receiver),
        });
}
