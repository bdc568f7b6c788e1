// `npm install -g hamlet-milter` on a Node that cannot run it ends with one line; a checkout brings its own Node.
import { existsSync } from 'node:fs'

const checkout = existsSync(new URL('../lib/cli.ts', import.meta.url))
if (!checkout && Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `hamlet-milter needs Node 24 or newer, this is ${process.version}: install the Debian package, which brings its own, or Node 24 from https://nodejs.org/\n`,
  )
  process.exit(1)
}
