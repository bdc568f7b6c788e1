/**
 * In which country an address is registered, by a database in MaxMind's format (MMDB) that the administrator names:
 * GeoLite2-Country, DB-IP Country Lite and the like. The file is read whole; a new one is taken up when it changes.
 */
import { readFileSync, statSync } from 'node:fs'
import { Reader, type CountryResponse } from 'mmdb-lib'
import { messageOf } from '../fault.ts'
import { addressText } from './ip.ts'
import type { CountryOf } from './groups.ts'

export interface Countries {
  readonly countryOf: CountryOf
  /** Why there is no database, or null. */
  readonly problem: string | null
  /** Changes whenever another file is in force. */
  version(): string
  /** Takes up a file that has changed; the old one stays when the new one cannot be read. Returns what went wrong. */
  refresh(): string | null
}

/** Larger files are no country database. */
const LARGEST = 256 * 1024 * 1024

interface Loaded {
  readonly version: string
  readonly reader: Reader<CountryResponse>
}

export function openCountries(path: string): Countries {
  const first = load(path)
  let current = typeof first === 'string' ? null : first
  let said = typeof first === 'string' ? first : null
  return {
    countryOf(address) {
      try {
        const found = current?.reader.get(addressText(address))
        return found?.country?.iso_code ?? found?.registered_country?.iso_code ?? null
      } catch {
        // a damaged entry, or an IPv6 address and a database of IPv4 only
        return null
      }
    },
    problem: said,
    version: () => current?.version ?? '',
    refresh() {
      const version = versionOf(path)
      if (version === current?.version) return null
      const next = load(path)
      if (typeof next !== 'string') {
        current = next
        said = null
        return null
      }
      const news = next === said ? null : next
      said = next
      return news
    },
  }
}

function load(path: string): Loaded | string {
  try {
    const version = versionOf(path)
    if (statSync(path).size > LARGEST) return 'is too large for a country database'
    return { version, reader: new Reader<CountryResponse>(readFileSync(path)) }
  } catch (error) {
    return `cannot be read as a country database: ${messageOf(error)}`
  }
}

function versionOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path)
    return `${mtimeMs}:${size}:${ino}`
  } catch {
    return ''
  }
}
