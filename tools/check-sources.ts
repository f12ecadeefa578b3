import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The rules of the flow that are about text, and so out of reach of an import checker. Run as a script it checks this
 * repository, or the folder that it is given.
 */
interface SourceRule {
  readonly name: string;
  readonly reason: string;
  readonly files: string;
  readonly except: RegExp;
  readonly forbidden: RegExp;
}

const TESTS = /\.(spec|int-spec|e2e-spec)\.ts$/;

const RULES: readonly SourceRule[] = [
  {
    name: '5-hint-key-in-one-file',
    reason: 'code elsewhere that writes or deletes the key does it without its tombstone and its owner check',
    files: '{apps,libs}/*/src/**/*.ts',
    except: /active-broadcast\.hint\.ts$/,
    forbidden: /['"`]customer:active-broadcast/,
  },
  {
    name: '7-only-the-relay-sends',
    reason: 'an event that is sent without its outbox row is lost with the process',
    files: '{apps,libs}/*/src/**/*.ts',
    // The client sends requests, and is for the services of others.
    except: /(outbox\.relay|redis-transport\.client|\.module|\.providers|\.interface|\/client\/[\w.-]+)\.ts$/,
    forbidden: /\bClient(Redis|Proxy|ProxyFactory|sModule)\b/,
  },
  {
    name: '8-library-names-no-kind',
    reason: 'a third kind would not be served',
    files: 'libs/customer-broadcast/src/**/*.ts',
    except: /^$/,
    forbidden: /['"`/.](bookings?|orders?)['"`/.]/i,
  },
];

export interface Violation {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

/** Every breach of the rules below `root`, by rule and file. */
export function checkSources(root: string): Violation[] {
  return RULES.flatMap(({ name, reason, files, except, forbidden }) =>
    globSync(files, { cwd: root })
      .filter((file) => !except.test(file) && !TESTS.test(file))
      .sort()
      .flatMap((file) =>
        withoutComments(readFileSync(resolve(root, file), 'utf8'))
          .split('\n')
          .flatMap((text, index) =>
            forbidden.test(text) ? [{ rule: name, file, line: index + 1, reason }] : [],
          ),
      ),
  );
}

/** Keeps the line breaks, so that line numbers stay true. A doc block may name what the code may not. */
function withoutComments(source: string): string {
  return source
    .replace(/\/\*[^]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''))
    .replace(/(^|\s)\/\/.*$/gm, '');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const violations = checkSources(resolve(process.argv[2] ?? resolve(import.meta.dirname, '..')));
  for (const { rule, file, line, reason } of violations)
    console.error(`error ${rule}: ${file}:${line} (${reason})`);
  if (violations.length > 0) process.exitCode = 1;
}
