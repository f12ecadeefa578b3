import { describeExactTrucks } from '../describe-exact-trucks.ts';

describeExactTrucks({ rounds: 100 });
