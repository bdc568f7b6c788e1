/**
 * `npm run -s docs`: writes the pages that are made from the code, docs/configuration.md from the schema and the map
 * of files in docs/architecture.md from the head comment of each file. A test holds that they are up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { configurationPage } from '../lib/config/document.ts'
import { withFileMap } from './file-map.ts'

const page = (name: string) => new URL(name, import.meta.url)

writeFileSync(page('configuration.md'), configurationPage())
writeFileSync(page('architecture.md'), withFileMap(readFileSync(page('architecture.md'), 'utf8')))
