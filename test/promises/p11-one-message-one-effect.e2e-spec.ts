import { describeOneEffect } from './describe-one-effect.ts';

describeOneEffect({ batches: 4 });
