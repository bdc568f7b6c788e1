/** `npm run -s docs`: writes docs/configuration.md; a test holds that the committed page is the one this would write. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../package-root.ts'
import { configurationPage } from './document.ts'

writeFileSync(join(packageRoot(), 'docs', 'configuration.md'), configurationPage())
