/** Paths and groups of this machine that a configuration names, and that are not there: what no schema can know. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Config } from '../config/schema.ts'
import { parseSocketAddress } from '../milter/address.ts'

export interface PlaceMistake {
  readonly path: readonly (string | number)[]
  readonly severity: 'error' | 'warning'
  readonly text: string
}

/**
 * Looks at the disk and changes nothing. What may be made later (a folder below /run that systemd makes) is a warning,
 * what cannot work is an error.
 */
export function placeMistakes(config: Config): readonly PlaceMistake[] {
  return [
    ...config.listen.flatMap((text, index) => socketMistakes(text, index)),
    ...stateMistakes(config.state),
    ...config.scanners.flatMap((scanner, index) => {
      const socket = 'address' in scanner ? /^(?:unix:)?(\/.*)$/.exec(scanner.address)?.[1] : undefined
      return socket === undefined ? [] : absent(['scanners', index, 'address'], socket, 'the socket')
    }),
    ...(config.milter.socket_group === '' ? [] : unknownGroup(config.milter.socket_group)),
    ...(['config', 'queue_directory', 'sendmail'] as const).flatMap((key) => {
      const value = config.quarantine[key]
      return value === '' ? [] : absent(['quarantine', key], value, value)
    }),
  ]
}

const absent = (path: PlaceMistake['path'], file: string, what: string): PlaceMistake[] =>
  existsSync(file)
    ? []
    : [{ path, severity: 'warning', text: `${what} is not there${what === file ? '' : `: ${file}`}` }]

function socketMistakes(text: string, index: number): PlaceMistake[] {
  const address = parseSocketAddress(text)
  if (address.kind !== 'unix') return []
  const path = ['listen', index]
  const folder = dirname(address.path)
  if (!existsSync(folder))
    return [{ path, severity: 'warning', text: `the socket's folder ${folder} is not there` }]
  if (!statSync(folder).isDirectory())
    return [{ path, severity: 'error', text: `${folder} is no folder: expected one for the socket` }]
  const isSocket = !existsSync(address.path) || statSync(address.path).isSocket()
  return isSocket ? [] : [{ path, severity: 'error', text: `${address.path} is there and is no socket` }]
}

/** The databases' folder is made, with those above it: the nearest that is there must be one. */
function stateMistakes(state: string): PlaceMistake[] {
  let folder = state
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  return statSync(folder).isDirectory()
    ? []
    : [{ path: ['state'], severity: 'error', text: `${folder} is no folder: expected one for the databases` }]
}

function unknownGroup(group: string): PlaceMistake[] {
  let groups: readonly string[]
  try {
    groups = readFileSync('/etc/group', 'utf8').split('\n')
  } catch {
    return []
  }
  const isThere = groups.some((line) => line.split(':')[0] === group || line.split(':')[2] === group)
  const text = `there is no group ${group} on this machine`
  return isThere ? [] : [{ path: ['milter', 'socket_group'], severity: 'warning', text }]
}
