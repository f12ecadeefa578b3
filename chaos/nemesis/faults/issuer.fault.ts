import type { Fault } from '../fault.interface.ts';

const ISSUER = { matrix: 'F28', subject: 'issuer', target: () => 'issuer' } as const;

/** The issuer signs the tokens and publishes the keys. Every other caller of the load has a token of it. */
export const ISSUER_FAULTS: readonly Fault[] = [
  ...[
    { name: 'jwks-refused', how: 'refuse', words: 'refuses connections' } as const,
    { name: 'jwks-hang', how: 'hold', words: 'takes connections and says nothing' } as const,
  ].map(({ name, how, words }): Fault => ({
    ...ISSUER,
    name,
    sentence: `the server of the issuer's keys ${words}: known keys go on working`,
    lastsMs: [1000, 6000],
    apply: ({ issuer }) => {
      issuer.way[how]();
      return Promise.resolve(() => {
        issuer.way.pass();
        return Promise.resolve(null);
      });
    },
  })),
  {
    ...ISSUER,
    name: 'jwks-rotate',
    sentence:
      'tokens are signed with a new key from now on, and the old one is published no longer a while later; a service asks for keys every 30 s at most',
    lastsMs: [2000, 6000],
    apply: async ({ issuer }) => {
      await issuer.rotate();
      return () => {
        issuer.retireOldKeys();
        return Promise.resolve(null);
      };
    },
  },
];
