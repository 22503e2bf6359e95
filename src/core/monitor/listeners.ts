// Typed listeners: the monitor's events without Node's EventEmitter, so that a test's double is as simple.

type Listener = (...values: never[]) => void;

export class Listeners<Events extends { readonly [Name in keyof Events]: Listener }> {
  readonly #byName = new Map<keyof Events, Set<Listener>>();

  on<Name extends keyof Events>(name: Name, listener: Events[Name]): () => void {
    const listeners = this.#byName.get(name) ?? new Set();
    listeners.add(listener);
    this.#byName.set(name, listeners);
    return () => listeners.delete(listener);
  }

  emit<Name extends keyof Events>(name: Name, ...values: Parameters<Events[Name]>): void {
    for (const listener of this.#byName.get(name) ?? []) {
      (listener as (...values: Parameters<Events[Name]>) => void)(...values);
    }
  }
}
