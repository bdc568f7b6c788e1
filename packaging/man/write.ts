/** `npm run -s man -- FOLDER`: writes the man pages (default dist/man). Dated by SOURCE_DATE_EPOCH where that is set. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manPages } from './pages.ts'

const [folder = 'dist/man'] = process.argv.slice(2)
const epoch = Number(process.env['SOURCE_DATE_EPOCH'] ?? Number.NaN)
const date = Number.isFinite(epoch) ? new Date(epoch * 1000) : new Date()
mkdirSync(folder, { recursive: true })
for (const { file, text } of await manPages(date)) writeFileSync(join(folder, file), text)
