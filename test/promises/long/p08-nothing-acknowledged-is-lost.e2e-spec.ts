import { describeAcknowledged } from '../describe-acknowledged.ts';

describeAcknowledged({ kills: 6 });
