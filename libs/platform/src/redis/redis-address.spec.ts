import { describe, expect, test } from '@jest/globals';
import { parseRedisUrl } from './redis-address.ts';

describe('parseRedisUrl', () => {
  test.each([
    ['redis://cache', { host: 'cache', port: 6379, db: 0 }],
    ['redis://:p%40ss@cache:7000/3', { host: 'cache', port: 7000, db: 3, password: 'p@ss' }],
    ['rediss://app:pw@cache', { host: 'cache', port: 6379, db: 0, username: 'app', password: 'pw', tls: {} }],
    ['redis://[::1]:6380', { host: '::1', port: 6380, db: 0 }],
  ])('reads %s', (url, address) => {
    expect(parseRedisUrl(url)).toEqual(address);
  });
});
