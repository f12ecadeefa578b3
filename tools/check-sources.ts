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
  /** Whether comments are searched, too. @default false */
  readonly inComments?: boolean;
  /** What a line is turned into before it is searched. @default the line as it is */
  readonly read?: (line: string) => string;
}

const TESTS = /\.(spec|int-spec|e2e-spec)\.ts$/;

const NO_KIND = {
  name: '8-library-names-no-kind',
  reason: 'a kind that asks for no trucks would not be served',
  forbidden: /\b(truck|transporter|vehicle|booking|order)s?\b/i,
  read: wordsOf,
} as const;

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
    except:
      /(outbox\.relay|redis-transport\.client|\.module|\.providers|\.interface|\.options|\/client\/[\w.-]+)\.ts$/,
    forbidden: /\bClient(Redis|Proxy|ProxyFactory|sModule)\b/,
  },
  {
    ...NO_KIND,
    files: 'libs/customer-broadcast/src/**/*.ts',
    // Its comments speak of what is sorted, as those of single-active do.
    except: /\/migrations\//,
    inComments: true,
  },
  {
    ...NO_KIND,
    files: 'libs/{single-active/src,customer-broadcast/src/migrations}/**/*.ts',
    except: /^$/,
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
  return RULES.flatMap((rule) =>
    globSync(rule.files, { cwd: root })
      .filter((file) => !rule.except.test(file) && !TESTS.test(file))
      .sort()
      .flatMap((file) => breachesOf(rule, file, readFileSync(resolve(root, file), 'utf8'))),
  );
}

function breachesOf(rule: SourceRule, file: string, source: string): Violation[] {
  const { name, reason, forbidden, inComments = false, read = (line) => line } = rule;
  return (inComments ? source : withoutComments(source))
    .split('\n')
    .flatMap((line, index) =>
      forbidden.test(read(line)) ? [{ rule: name, file, line: index + 1, reason }] : [],
    );
}

/** The words of a line, those within identifiers included: `trucksNeeded` and `trucks_needed` are two each. */
function wordsOf(line: string): string {
  return line
    .replaceAll(/ORDER BY|ORDER_ACTIVE_EXISTS/g, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .replaceAll('_', ' ');
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
