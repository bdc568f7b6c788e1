/** The state of WLBLEval and the directives that fill it: who is welcome, who is blocked, and which hosts are listed. */
import type { Directive } from '../eval.ts'
import type { AddressList, BoundList } from './address-list.ts'
import { addAll, bind, listNamed, removeAll } from './address-list.ts'
import { lower, words } from './octets.ts'

export interface WelcomeLists {
  /** By directive name (new spelling), and by name of enlist_addrlist. */
  readonly lists: Map<string, AddressList>
  readonly welcomeRcvd: BoundList
  readonly defaultRcvd: BoundList
  /** List name -> host -> listed, or (written with `!`) expressly not. */
  readonly hosts: Map<string, Map<string, boolean>>
}

export function noLists(): WelcomeLists {
  return { lists: new Map(), welcomeRcvd: new Map(), defaultRcvd: new Map(), hosts: new Map() }
}

function fills(name: string): Directive<WelcomeLists> {
  return (state, value) => addAll(listNamed(state.lists, name), value)
}

function empties(...names: readonly string[]): Directive<WelcomeLists> {
  return (state, value) =>
    names.map((name) => removeAll(listNamed(state.lists, name), value)).find((error) => error !== undefined)
}

function bindsRelay(which: 'welcomeRcvd' | 'defaultRcvd'): Directive<WelcomeLists> {
  return (state, value) => {
    const [address, relay, ...rest] = words(value)
    if (address === undefined || relay === undefined || rest.length > 0)
      return 'expected an address and a relay'
    bind(state[which], address, relay)
    return undefined
  }
}

function unbindsRelay(state: WelcomeLists, value: string): string | undefined {
  for (const address of words(value)) {
    state.welcomeRcvd.delete(lower(address))
    state.defaultRcvd.delete(lower(address))
  }
  return value === '' ? 'an address is missing' : undefined
}

const NAMED = /^\((.+?)\)[ \t]+(.+)$/s

function enlistAddresses(state: WelcomeLists, value: string): string | undefined {
  const match = NAMED.exec(value)
  return match === null
    ? 'expected (LIST) and addresses'
    : addAll(listNamed(state.lists, match[1] ?? ''), match[2] ?? '')
}

function enlistHosts(state: WelcomeLists, list: string, hosts: string): undefined {
  const known = state.hosts.get(list) ?? new Map<string, boolean>()
  state.hosts.set(list, known)
  for (const host of words(lower(hosts))) known.set(host.replace(/^!/, ''), !host.startsWith('!'))
}

function enlistNamedHosts(state: WelcomeLists, value: string): string | undefined {
  const match = NAMED.exec(value)
  return match === null ? 'expected (LIST) and hosts' : enlistHosts(state, match[1] ?? '', match[2] ?? '')
}

function delistHosts(state: WelcomeLists, value: string): string | undefined {
  const match = /^(?:\((.+?)\)[ \t]+)?(.+)$/s.exec(value)
  if (match === null) return 'a host is missing'
  const lists = match[1] === undefined ? [...state.hosts.values()] : [state.hosts.get(match[1])]
  for (const list of lists)
    for (const host of words(lower(match[2] ?? ''))) list?.delete(host.replace(/^!/, ''))
  return undefined
}

const NEW_NAMES: Readonly<Record<string, Directive<WelcomeLists>>> = {
  welcomelist_from: fills('welcomelist_from'),
  unwelcomelist_from: empties('welcomelist_from'),
  welcomelist_from_rcvd: bindsRelay('welcomeRcvd'),
  def_welcomelist_from_rcvd: bindsRelay('defaultRcvd'),
  unwelcomelist_from_rcvd: unbindsRelay,
  welcomelist_allows_relays: fills('welcomelist_allows_relays'),
  welcomelist_to: fills('welcomelist_to'),
  welcomelist_auth: fills('welcomelist_auth'),
  def_welcomelist_auth: fills('def_welcomelist_auth'),
  unwelcomelist_auth: empties('welcomelist_auth', 'def_welcomelist_auth'),
  blocklist_from: fills('blocklist_from'),
  unblocklist_from: empties('blocklist_from'),
  blocklist_to: fills('blocklist_to'),
  more_spam_to: fills('more_spam_to'),
  all_spam_to: fills('all_spam_to'),
  enlist_addrlist: enlistAddresses,
  enlist_uri_host: enlistNamedHosts,
  delist_uri_host: delistHosts,
  blocklist_uri_host: (state, value) => enlistHosts(state, 'BLOCK', value),
  welcomelist_uri_host: (state, value) => enlistHosts(state, 'WELCOME', value),
}

/** The same table with each old spelling (whitelist, blacklist) beside the new one. */
export function withOldNames<T>(table: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  const all: Record<string, T> = { ...table }
  for (const [name, value] of Object.entries(table)) {
    all[name.replace('welcomelist', 'whitelist').replace('blocklist', 'blacklist')] = value
  }
  return all
}

export const listDirectives = withOldNames(NEW_NAMES)
