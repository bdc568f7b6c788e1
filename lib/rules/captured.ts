/** What named groups of patterns captured in one message: values of template tags such as %{NAME}. */
import type { MessageView } from './view.ts'

export class Captured {
  readonly #view: MessageView
  readonly #values = new Map<string, readonly string[]>()

  constructor(view: MessageView) {
    this.#view = view
  }

  /** By name, each value once. */
  get values(): ReadonlyMap<string, readonly string[]> {
    return this.#values
  }

  /** Values of a template tag: a capture, or HEADER(spec). */
  tag(name: string): readonly string[] {
    const header = /^HEADER\((.*)\)$/.exec(name)?.[1]
    if (header === undefined) return this.#values.get(name) ?? []
    const value = this.#view.headers.get(header)?.trim()
    return value === undefined || value === '' ? [] : [value]
  }

  keep(name: string, value: string): void {
    const before = this.#values.get(name) ?? []
    if (!before.includes(value)) this.#values.set(name, [...before, value])
  }

  /** Keeps the named groups of a match that can be tags. */
  take(match: RegExpExecArray): void {
    for (const [key, value] of Object.entries(match.groups ?? {})) {
      const name = key.replace(/\$\d+$/, '')
      if (value === undefined || value === '' || !/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/.test(name)) continue
      this.keep(name, value)
    }
  }
}
