/** Which packages run something when they are installed: each is named here, and none belongs to the daemon. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'

interface Locked {
  readonly hasInstallScript?: boolean
  readonly dev?: boolean
  readonly optional?: boolean
}

it('no package of the daemon has an install script', () => {
  const lock = readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8')
  const { packages } = JSON.parse(lock) as { readonly packages: Readonly<Record<string, Locked>> }
  const scripted = Object.entries(packages).filter(
    ([path, { hasInstallScript }]) => path !== '' && hasInstallScript === true,
  )
  expect(scripted.map(([path]) => path.replace(/^.*node_modules\//, '')).toSorted()).toEqual([
    '@parcel/watcher',
    'node',
  ])
  expect(scripted.filter(([, { dev }]) => dev !== true)).toEqual([])
})
