import { describeFreeAtOnce } from './describe-free-at-once.ts';

describeFreeAtOnce({ cycles: 20 });
