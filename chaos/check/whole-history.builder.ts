import { HistoryBuilder } from './history.builder.ts';

/** Two broadcasts, one after the other, with everything that a correct system leaves behind. */
export const whole = (): HistoryBuilder =>
  new HistoryBuilder()
    .create('A', 0, 10, { idempotencyKey: 'k1' })
    .create('A', 20, 30, { idempotencyKey: 'k1', replayed: true })
    .refused('A', 40, 50)
    .add('accept', 60, 70, {
      broadcastId: 'A',
      actorId: 't1',
      trucks: 1,
      broadcastStatus: 'partially_filled',
    })
    .cancel('A', 1000, 1010)
    .active(null, 1500, 1510)
    .create('B', 2000, 2010)
    .unanswered('create', 2500, 2600)
    .life(
      'A',
      [
        ['created', 5],
        ['partially_filled', 65],
        ['cancelled', 1005],
      ],
      { trucksFilled: 1 },
    )
    .life('B', [
      ['created', 2005],
      ['broadcasting', 2050],
    ])
    .snapshot(100)
    .probe('c9', 201, 30);
