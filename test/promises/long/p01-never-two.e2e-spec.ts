import { describeNeverTwo } from '../describe-never-two.ts';

describeNeverTwo({ customers: 20 });
