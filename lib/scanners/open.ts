/** A scanner of the configuration -> the scanner that asks it. */
import type { Config } from '../config/schema.ts'
import { clamd } from './clamd.ts'
import { https } from './https.ts'
import { rspamd } from './rspamd.ts'
import type { OutsideScanner } from './scanner.ts'
import { spamd } from './spamd.ts'

export type ScannerConfig = Config['scanners'][number]

export function openScanner(config: ScannerConfig): OutsideScanner {
  switch (config.type) {
    case 'clamd':
      return clamd(config.name, config.address)
    case 'spamd':
      return spamd(config.name, config.address, config.user)
    case 'rspamd':
      return rspamd(config.name, config.url, config.password)
    case 'https': {
      const { url, token, ca } = config
      return https(config.name, { url, token, ...(ca === undefined ? {} : { ca }) })
    }
  }
}
