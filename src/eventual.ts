/**
 * A value now, or a promise of it where the backend cannot read synchronously (WebGPU). Synchronous
 * backends pay nothing: no promise is made, no microtask waited for.
 */
export type Eventual<T> = T | Promise<T>;

export function isPromise<T>(value: Eventual<T>): value is Promise<T> {
  return value instanceof Promise;
}

/** Applies `next` at once to a value, later to a promise. */
export function whenReady<T, U>(value: Eventual<T>, next: (value: T) => Eventual<U>): Eventual<U> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** Both values, at once if both are there. */
export function whenBoth<A, B, U>(a: Eventual<A>, b: Eventual<B>, next: (a: A, b: B) => Eventual<U>): Eventual<U> {
  if (isPromise(a) || isPromise(b)) return Promise.all([a, b]).then(([x, y]) => next(x, y));
  return next(a, b);
}
