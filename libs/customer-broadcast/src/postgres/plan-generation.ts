import type { DataSource } from 'typeorm';

/** A name that a connection keeps a plan under, and what it stands for. */
interface NamedText {
  readonly name: string;
  readonly text: string;
}

const generations = new WeakMap<DataSource, number>();

/**
 * The statement under a name and a text of the data source's present generation, so that a connection plans it anew at its
 * first use in that generation. The text differs by a comment, as a pooler such as PgBouncer knows a statement by its text.
 */
export function inGeneration(dataSource: DataSource, statement: NamedText): NamedText {
  const generation = generationOf(dataSource);
  if (generation === 0) return statement;
  const { name, text } = statement;
  return { name: `${name}#${generation}`, text: `${text} /* plan ${generation} */` };
}

/** Compare it to tell whether a statement was of the present generation. */
export function generationOf(dataSource: DataSource): number {
  return generations.get(dataSource) ?? 0;
}

/** Has each connection of the data source plan its prepared statements anew, when it next runs them. Safe at any time. */
export function beginGeneration(dataSource: DataSource): void {
  generations.set(dataSource, generationOf(dataSource) + 1);
}
