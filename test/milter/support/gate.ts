/** A promise that is settled from outside. */
export function gate<T>(): {
  promise: Promise<T>
  open: (value: T) => void
  signal: () => AbortSignal | undefined
  hold: (signal: AbortSignal) => Promise<T>
} {
  const { promise, resolve } = Promise.withResolvers<T>()
  let held: AbortSignal | undefined
  return {
    promise,
    open: resolve,
    signal: () => held,
    hold: (signal) => {
      held = signal
      return promise
    },
  }
}
