/**
 * Named IP groups: what the configuration, the limits, the lists and every exemption speak of.
 *
 * A group is a list of entries: an address, a network, a range, another group's name, `file:PATH` (one network a line,
 * `#` comments) or `country:XX` (needs a country database). `private` is built in. Files are read again when they
 * change; a file that has become unreadable or wrong leaves its last good content in force.
 */
import { readFileSync, statSync } from 'node:fs'
import { whyUnreadable } from '../fault.ts'
import { createIpSet, PRIVATE_RANGES, type IpSet } from './ip-set.ts'
import { parseAddress, parseRange, type Address, type Range } from './ip.ts'

export type GroupDefinitions = Readonly<Record<string, readonly string[]>>

/** ISO 3166 code of the country an address is registered in; null when unknown. */
export type CountryOf = (address: Address) => string | null

export interface Groups {
  readonly names: readonly string[]
  /** Names of all groups that contain the address; the empty set for null or text that is no address. */
  of(address: string | null): ReadonlySet<string>
  /** What was wrong with files when the groups were built. */
  readonly problems: readonly GroupProblem[]
  /** Reads files that changed since; returns what went wrong. Cheap when nothing changed. */
  refresh(): readonly GroupProblem[]
  /** Forgets remembered answers: the country database has changed. */
  forget(): void
}

/** Something wrong with a file of networks; line 0 when it could not be read at all. */
export interface GroupProblem {
  readonly file: string
  readonly line: number
  readonly text: string
}

export interface GroupFiles {
  /** Changes whenever the content may have changed. */
  version(path: string): string
  read(path: string): string
}

const DISK: GroupFiles = {
  version(path) {
    const { mtimeMs, size, ino } = statSync(path)
    return `${mtimeMs}:${size}:${ino}`
  },
  read: (path) => readFileSync(path, 'utf8'),
}

const NOWHERE: ReadonlySet<string> = new Set()
/** Sessions of one client come in bursts: its groups are remembered until the files change. */
const REMEMBERED_CLIENTS = 4096

export interface GroupOptions {
  readonly files?: GroupFiles
  readonly countryOf?: CountryOf
}

/** What an entry of a group is, or why it is none; group names are resolved by the caller. */
export type GroupEntry =
  | { readonly kind: 'range'; readonly range: Range }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'country'; readonly code: string }
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'error'; readonly message: string }

export const GROUP_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/

function parseEntry(text: string): GroupEntry {
  const entry = text.trim()
  if (entry.startsWith('file:')) {
    const path = entry.slice(5)
    return path === '' ? { kind: 'error', message: 'file: needs a path' } : { kind: 'file', path }
  }
  if (entry.startsWith('country:')) {
    const code = entry.slice(8).toUpperCase()
    return /^[A-Z]{2}$/.test(code)
      ? { kind: 'country', code }
      : { kind: 'error', message: `country: needs a code of two letters, not ${entry.slice(8)}` }
  }
  if (GROUP_NAME.test(entry)) return { kind: 'group', name: entry }
  const range = parseRange(entry)
  return typeof range === 'string' ? { kind: 'error', message: range } : { kind: 'range', range }
}

/** Everything wrong with a set of definitions that can be known without reading a file. */
export function groupErrors(
  definitions: GroupDefinitions,
): readonly { readonly group: string; readonly index: number; readonly message: string }[] {
  const errors: { group: string; index: number; message: string }[] = []
  for (const [group, entries] of Object.entries(definitions)) {
    entries.forEach((text, index) => {
      const entry = parseEntry(text)
      if (entry.kind === 'error') errors.push({ group, index, message: entry.message })
      if (entry.kind !== 'group') return
      if (entry.name !== 'private' && !Object.hasOwn(definitions, entry.name))
        errors.push({ group, index, message: `there is no group named ${entry.name}` })
      else if (reaches(definitions, entry.name, group, new Set()))
        errors.push({ group, index, message: `group ${group} contains itself by way of ${entry.name}` })
    })
  }
  return errors
}

function reaches(definitions: GroupDefinitions, from: string, to: string, seen: Set<string>): boolean {
  if (from === to) return true
  if (seen.has(from)) return false
  seen.add(from)
  return (definitions[from] ?? []).some((text) => {
    const entry = parseEntry(text)
    return entry.kind === 'group' && reaches(definitions, entry.name, to, seen)
  })
}

interface FileState {
  readonly version: string
  readonly ranges: readonly Range[]
  /** Why it cannot be read now. */
  readonly trouble?: string
}

/** Builds the groups; definitions must have passed `groupErrors`. Files that cannot be read are empty and reported by `refresh`. */
export function openGroups(definitions: GroupDefinitions, options: GroupOptions = {}): Groups {
  const disk = options.files ?? DISK
  const files = new Map<string, FileState>()
  const remembered = new Map<string, ReadonlySet<string>>()
  const names = ['private', ...Object.keys(definitions).filter((name) => name !== 'private')]
  let sets = new Map<string, { ranges: IpSet; countries: ReadonlySet<string> }>()

  const collect = (name: string, into: { ranges: Range[]; countries: Set<string> }, seen: Set<string>) => {
    if (seen.has(name)) return
    seen.add(name)
    if (name === 'private') into.ranges.push(...PRIVATE_RANGES)
    for (const text of (Object.hasOwn(definitions, name) ? definitions[name] : undefined) ?? []) {
      const entry = parseEntry(text)
      if (entry.kind === 'range') into.ranges.push(entry.range)
      else if (entry.kind === 'country') into.countries.add(entry.code)
      else if (entry.kind === 'group') collect(entry.name, into, seen)
      else if (entry.kind === 'file')
        for (const range of files.get(entry.path)?.ranges ?? []) into.ranges.push(range)
    }
  }
  const build = () => {
    remembered.clear()
    sets = new Map(
      names.map((name) => {
        const content = { ranges: [] as Range[], countries: new Set<string>() }
        collect(name, content, new Set())
        return [name, { ranges: createIpSet(content.ranges), countries: content.countries }]
      }),
    )
  }
  const find = (text: string): ReadonlySet<string> => {
    const address = parseAddress(text)
    if (address === null) return NOWHERE
    const country = options.countryOf?.(address) ?? null
    const found = new Set<string>()
    for (const [name, { ranges, countries }] of sets)
      if (ranges.has(address) || (country !== null && countries.has(country))) found.add(name)
    return found
  }
  const readFiles = (problems: GroupProblem[]): boolean => {
    let changed = false
    for (const path of filePaths(definitions)) changed = readChanged(disk, files, path, problems) || changed
    return changed
  }
  const problems: GroupProblem[] = []
  if (!options.countryOf) problems.push(...countryProblems(definitions))
  readFiles(problems)
  build()
  return {
    names,
    problems,
    of(address) {
      if (address === null) return NOWHERE
      const known = remembered.get(address)
      if (known) return known
      const found = find(address)
      if (remembered.size >= REMEMBERED_CLIENTS) remembered.clear()
      remembered.set(address, found)
      return found
    },
    forget: () => remembered.clear(),
    refresh() {
      const found: GroupProblem[] = []
      if (readFiles(found)) build()
      return found
    },
  }
}

function countryProblems(definitions: GroupDefinitions): GroupProblem[] {
  return Object.entries(definitions).flatMap(([name, entries]) =>
    entries
      .filter((text) => parseEntry(text).kind === 'country')
      .map((text) => ({ file: `group ${name}`, line: 0, text: `${text} needs a country database` })),
  )
}

function filePaths(definitions: GroupDefinitions): ReadonlySet<string> {
  const paths = new Set<string>()
  for (const entries of Object.values(definitions))
    for (const text of entries) {
      const entry = parseEntry(text)
      if (entry.kind === 'file') paths.add(entry.path)
    }
  return paths
}

function readChanged(
  disk: GroupFiles,
  files: Map<string, FileState>,
  path: string,
  problems: GroupProblem[],
): boolean {
  try {
    const version = disk.version(path)
    if (files.get(path)?.version === version) return false
    const { ranges, errors } = parseNetworkFile(disk.read(path))
    for (const { line, message } of errors.slice(0, 5)) problems.push({ file: path, line, text: message })
    files.set(path, { version, ranges })
    return true
  } catch (error) {
    const text = whyUnreadable(error)
    const before = files.get(path)
    // Said when it begins, not every few seconds as long as it lasts.
    if (before?.trouble !== text) problems.push({ file: path, line: 0, text })
    files.set(path, { version: '', ranges: before?.ranges ?? [], trouble: text })
    return false
  }
}

/** One network a line; `#` and `;` begin a comment (the latter as published block lists write it). Wrong lines are left out and reported. */
export function parseNetworkFile(text: string): {
  readonly ranges: readonly Range[]
  readonly errors: readonly { readonly line: number; readonly message: string }[]
} {
  const ranges: Range[] = []
  const errors: { line: number; message: string }[] = []
  text.split('\n').forEach((raw, index) => {
    const entry = raw.replace(/[#;].*$/s, '').trim()
    if (entry === '') return
    const range = parseRange(entry)
    if (typeof range === 'string') errors.push({ line: index + 1, message: range })
    else ranges.push(range)
  })
  return { ranges, errors }
}
