/**
 * A database file with the stores in it, made bearable for a mail filter whatever happens to the file: a lock or a full
 * disk is met by a breaker (file-gate.ts), what may be written later waits in a bounded queue, a damaged file is moved
 * aside by its owner, and one that was deleted or replaced is opened anew. Callers see the stores as if nothing had
 * happened, or a `StoreError` that says what has.
 */
import { statSync } from 'node:fs'
import { codeOf, messageOf } from '../fault.ts'
import { isDamaged, moveAside, openDatabase, shrinkStep, storeError, StoreError } from './database.ts'
import type { DatabaseOptions, Sqlite } from './database.ts'
import { FileGate } from './file-gate.ts'

/** Names of methods, by store. */
export type MethodNames<S> = { readonly [K in keyof S]?: readonly (keyof S[K] & string)[] }

export interface StoreFileOptions<S> {
  readonly path: string
  readonly database: DatabaseOptions
  /** Prepares the stores; called again whenever the file is opened anew. */
  readonly create: (database: Sqlite) => S
  /** Methods that only read: they go on while another program holds the lock for writing. */
  readonly reads: MethodNames<NoInfer<S>>
  /** Methods that answer nothing and may be done later. */
  readonly later: MethodNames<NoInfer<S>>
  /** Whether a damaged file is moved aside: for one process, the daemon. */
  readonly owner?: boolean
  /** Whether a file that cannot be opened now is tried again later; else that throws. */
  readonly patient?: boolean
  /** Told, in a sentence, when the file becomes unusable, damaged or usable again. */
  readonly say?: (severity: 'error' | 'notice', text: string) => void
  /** Milliseconds of a monotonic clock, and the date for names of files moved aside. */
  readonly clock?: () => number
  readonly date?: () => Date
}

export interface StoreFile<S> {
  readonly stores: S
  /** Writes what waits, gives room back, looks whether a file that failed works again; a small step. True when there is more. */
  settle(): boolean
  close(): void
}

/** Calls that wait at most, and calls done in one step. */
const MOST_WAITING = 5000
const DONE_AT_ONCE = 200
/** Milliseconds that a probe waits for a lock. */
const PROBE_TIMEOUT = 10
/** Milliseconds between two looks whether the file is still the same. */
const LOOK_EVERY = 5000
const LOCK_TIMEOUT = 250

type Call = (...args: readonly unknown[]) => unknown
type Table = Record<string, Record<string, Call>>

interface Waiting {
  readonly store: string
  readonly method: string
  readonly args: readonly unknown[]
}

/** Opens the file; throws `StoreError` when it cannot be had and nobody is `patient`. */
export function openStoreFile<S extends object>(options: StoreFileOptions<S>): StoreFile<S> {
  return new GuardedFile(options)
}

class GuardedFile<S extends object> implements StoreFile<S> {
  readonly stores: S
  readonly #options: StoreFileOptions<S>
  readonly #gates = { read: new FileGate(), write: new FileGate() }
  readonly #clock: () => number
  #database: Sqlite | null = null
  #live: Table | null = null
  #inode: number | undefined
  #looked = 0
  #waiting: Waiting[] = []
  #dropped = 0
  #closed = false

  constructor(options: StoreFileOptions<S>) {
    this.#options = options
    this.#clock = options.clock ?? (() => performance.now())
    try {
      this.#open()
    } catch (error) {
      if (options.patient !== true) throw error
      if (!this.#replaceDamaged(error)) this.#failed(error)
    }
    this.stores = this.#guarded(this.#live ?? template(options))
  }

  settle(): boolean {
    if (this.#closed || !this.#gates.write.open(this.#clock())) return false
    if (this.#gates.write.sound && this.#gates.read.sound && this.#waiting.length === 0)
      return this.#database !== null && shrinkStep(this.#database)
    const batch = this.#waiting.slice(0, DONE_AT_ONCE)
    this.#attempt('write', () => {
      const live = this.#current()
      const done = this.#database?.transaction(() => {
        for (const { store, method, args } of batch) live[store]?.[method]?.(...args)
      })
      done?.immediate()
    })
    this.#gates.read.succeeded()
    this.#waiting.splice(0, batch.length)
    if (this.#waiting.length === 0 && this.#dropped > 0) {
      this.#say(
        'error',
        `${this.#options.path}: ${this.#dropped} notes were not kept, because too many waited`,
      )
      this.#dropped = 0
    }
    return this.#waiting.length > 0
  }

  close(): void {
    try {
      if (this.#waiting.length > 0) this.settle()
    } catch {
      // what is lost was to be written later; the file has been complained of
    }
    this.#closed = true
    this.#forget()
  }

  /** The same objects, each method behind the gates. */
  #guarded(stores: Table): S {
    const { reads, later } = this.#options
    const has = (names: MethodNames<S>, store: string, method: string): boolean =>
      (names as Record<string, readonly string[] | undefined>)[store]?.includes(method) ?? false
    const wrapped = Object.entries(stores).map(([store, methods]) => [
      store,
      Object.fromEntries(
        Object.keys(methods).map((method): [string, Call] => {
          const kind = has(reads, store, method) ? 'read' : 'write'
          const mayWait = has(later, store, method)
          return [method, (...args) => this.#call({ store, method, args }, kind, mayWait)]
        }),
      ),
    ])
    return Object.fromEntries(wrapped)
  }

  #call(call: Waiting, kind: 'read' | 'write', mayWait: boolean): unknown {
    if (this.#closed) throw new StoreError(`${this.#options.path} is not open any more`)
    const gate = this.#gates[kind]
    // what was put off earlier comes first
    if (mayWait && this.#waiting.length > 0) return this.#putOff(call)
    if (!gate.open(this.#clock())) {
      if (mayWait) return this.#putOff(call)
      throw new StoreError(`${gate.reason} (not asked again yet)`)
    }
    try {
      return this.#attempt(kind, () => this.#current()[call.store]?.[call.method]?.(...call.args))
    } catch (error) {
      if (mayWait && !gate.sound) return this.#putOff(call)
      throw error
    }
  }

  /** Does the work once, and once more when that found a damaged file and there is a new one now. */
  #attempt<T>(kind: 'read' | 'write', work: () => T): T {
    const gate = this.#gates[kind]
    try {
      const result = work()
      if (gate.succeeded()) this.#recovered()
      return result
    } catch (error) {
      if (isDamaged(error) && this.#replaceDamaged(error)) return work()
      if (!isOutside(error)) throw error
      this.#failed(error, kind)
      throw storeError(this.#options.path, error)
    }
  }

  #putOff(call: Waiting): undefined {
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(call)
    else this.#dropped++
  }

  /** The stores of the file that is there now. */
  #current(): Table {
    const now = this.#clock()
    if (this.#live !== null && now - this.#looked >= LOOK_EVERY) {
      this.#looked = now
      if (inodeOf(this.#options.path) !== this.#inode) this.#forget()
    }
    return this.#live ?? this.#open()
  }

  #open(): Table {
    if (this.#closed) throw new StoreError(`${this.#options.path} is not open any more`)
    // also of a file that cannot be opened: it is this one that may be moved aside, not what another made meanwhile
    this.#inode = inodeOf(this.#options.path)
    const database = openDatabase(this.#options.path, this.#options.database)
    try {
      this.#live = this.#options.create(database) as unknown as Table
    } catch (error) {
      database.close()
      throw storeError(this.#options.path, error)
    }
    this.#database = database
    this.#inode = inodeOf(this.#options.path)
    this.#looked = this.#clock()
    return this.#live
  }

  #forget(): void {
    try {
      this.#database?.close()
    } catch {
      // a file that fails may fail to close, too
    }
    this.#database = null
    this.#live = null
  }

  /** True when there is a new file instead. */
  #replaceDamaged(error: unknown): boolean {
    if (!isDamaged(error)) return false
    this.#forget()
    if (this.#options.owner !== true) return false
    const { path, date = () => new Date() } = this.#options
    try {
      const aside = moveAside(path, date(), this.#inode)
      this.#open()
      this.#say('error', `${path} is damaged: it is now ${aside ?? 'gone'}, and a new one is begun`)
      return true
    } catch (fault) {
      this.#say('error', `${path} is damaged and cannot be moved aside: ${messageOf(fault)}`)
      return false
    }
  }

  #failed(error: unknown, kind: 'read' | 'write' = 'write'): void {
    const { message } = storeError(this.#options.path, error)
    const news = this.#gates[kind].failed(this.#clock(), message)
    this.#database?.pragma(`busy_timeout = ${PROBE_TIMEOUT}`)
    if (news) this.#say('error', `${message}; what needs it is unavailable until then`)
  }

  #recovered(): void {
    this.#database?.pragma(`busy_timeout = ${this.#options.database.lockTimeout ?? LOCK_TIMEOUT}`)
    this.#say('notice', `${this.#options.path} can be used again`)
  }

  #say(severity: 'error' | 'notice', text: string): void {
    this.#options.say?.(severity, text)
  }
}

/** What the methods are called, while there is no file to ask. */
function template<S extends object>({ database, create }: StoreFileOptions<S>): Table {
  const memory = openDatabase(':memory:', { migrations: database.migrations })
  const stores = create(memory) as unknown as Table
  memory.close()
  return stores
}

function inodeOf(path: string): number | undefined {
  return path === ':memory:' ? undefined : statSync(path, { throwIfNoEntry: false })?.ino
}

/** A fault of the file or the disk, as opposed to one of the caller. */
function isOutside(error: unknown): boolean {
  const code = codeOf(error instanceof StoreError ? error.cause : error)
  return error instanceof StoreError || (code.startsWith('SQLITE_') && !code.startsWith('SQLITE_CONSTRAINT'))
}
