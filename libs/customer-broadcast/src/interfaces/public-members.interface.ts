/** What a class shows of itself, for another class that stands in for it. */
export type PublicMembers<T> = { [K in keyof T]: T[K] };
