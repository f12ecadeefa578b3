import { describeDispatchAndList } from '../../../test/support/describe-dispatch-and-list.ts';
import { describeLifecycle } from '../../../test/support/describe-lifecycle.ts';

describeLifecycle('booking');
describeDispatchAndList('booking');
