import { runContender } from '../contender.app.ts';
import { ValidateController } from './validate.controller.ts';

await runContender('validate', ValidateController, []);
