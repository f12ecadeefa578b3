import { doctor, install, plan, report, uninstall } from '../index.ts';
import { type CommandName } from './arguments.ts';
import { type Command } from './command.interface.ts';
import { viewDiagnosis, viewInstallation, viewPlan, viewRemoval, viewReport } from './result.views.ts';

export const commands: Readonly<Record<CommandName, Command>> = {
  plan: async (db, rule, { isSql }, colours) => {
    const result = await plan(db, rule);
    const lines = isSql ? result.statements.map((text) => `${text.trim()};\n`) : viewPlan(result, colours);
    return { result, lines, isFinding: result.violations.length > 0 };
  },
  install: async (db, rule, { isObserve }, colours) => {
    const result = await install(db, rule, { mode: isObserve ? 'observe' : 'enforce' });
    return { result, lines: viewInstallation(result, colours), isFinding: false };
  },
  doctor: async (db, rule, _args, colours) => {
    const result = await doctor(db, rule);
    return { result, lines: viewDiagnosis(result, colours), isFinding: !result.ok };
  },
  report: async (db, rule, _args, colours) => {
    const result = await report(db, rule);
    return { result, lines: viewReport(result, colours), isFinding: result.violations.length > 0 };
  },
  uninstall: async (db, rule, _args, colours) => {
    await uninstall(db, rule);
    return { result: { removed: true }, lines: viewRemoval(rule, colours), isFinding: false };
  },
};
