import 'reflect-metadata';

/**
 * Goes around a method: it may call it, or not. Each hook declares what it knows of the object, the arguments and the result;
 * private members of built classes have no types.
 */
export type Around = (self: never, args: never, original: () => Promise<never>) => Promise<unknown>;

/** A class of a built library: the one that the service itself uses, because it has the same path. */
export class BuiltClass {
  readonly #name: string;
  readonly #prototype: Record<string, unknown>;

  private constructor(name: string, prototype: Record<string, unknown>) {
    this.#name = name;
    this.#prototype = prototype;
  }

  /** @param path below `libs/`, without the extension. @throws Error when it is not there */
  static async find(path: string, name: string): Promise<BuiltClass> {
    const url = new URL(`../../libs/${path}.js`, import.meta.url).href;
    const exported = (await import(url)) as Record<string, { prototype?: Record<string, unknown> }>;
    const prototype = exported[name]?.prototype;
    if (!prototype) throw new Error(`${path}.js exports no class ${name}: the hooks must follow the code.`);
    return new BuiltClass(name, prototype);
  }

  /**
   * Puts itself around an asynchronous method, for every instance. What Nest's decorators have noted of it stays.
   *
   * @throws Error when there is no such method: a hook that hooks nothing would prove nothing
   */
  around(method: string, around: Around): void {
    const original = this.#prototype[method];
    if (typeof original !== 'function')
      throw new Error(`${this.#name} has no method ${method}: the hooks must follow the code.`);
    const wrapped = function (this: unknown, ...args: unknown[]): Promise<unknown> {
      const call = (): Promise<never> => Promise.resolve(Reflect.apply(original, this, args) as never);
      return around(this as never, args as never, call);
    };
    for (const key of Reflect.getMetadataKeys(original) as unknown[])
      Reflect.defineMetadata(key, Reflect.getMetadata(key, original), wrapped);
    this.#prototype[method] = wrapped;
  }
}
