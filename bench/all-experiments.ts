import { cost } from './cost/cost.experiment.ts';
import { keyDeletion } from './events/key-deletion.experiment.ts';
import type { Experiment } from './experiment.interface.ts';
import { createsInDrain } from './expiry/creates-in-drain.experiment.ts';
import { drain } from './expiry/drain.experiment.ts';
import { lateness } from './expiry/lateness.experiment.ts';
import { growth } from './growth/growth.experiment.ts';
import { rows } from './growth/rows.experiment.ts';
import { http } from './http/http.experiment.ts';
import { refusals } from './http/refusals.experiment.ts';
import { strangers } from './http/strangers.experiment.ts';
import { limit } from './limit/limit.experiment.ts';
import { memory } from './process/memory.experiment.ts';
import { peers } from './peers/peers.experiment.ts';
import { serviceProcess } from './process/process.experiment.ts';
import { pruning } from './retention/pruning.experiment.ts';

/** In the order in which they run. */
export const ALL_EXPERIMENTS: readonly Experiment[] = [
  limit,
  http,
  refusals,
  strangers,
  peers,
  serviceProcess,
  cost,
  drain,
  createsInDrain,
  lateness,
  keyDeletion,
  rows,
  growth,
  pruning,
  memory,
];
