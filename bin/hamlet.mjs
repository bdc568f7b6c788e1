#!/usr/bin/env node
// Written so that an old node can read it and say what is wrong.
const [major] = process.versions.node.split('.')
if (Number(major) < 24) {
  process.stderr.write(
    `hamlet: needs Node 24 or newer, this is ${process.version}; in a checkout run it by "npm start" or "npm run -s hamlet -- VERB"\n`,
  )
  process.exit(78)
}
const { existsSync } = await import('node:fs')
// a checkout runs its sources, the published package its build
const ours = (name) => {
  const source = new URL(`../lib/${name}.ts`, import.meta.url)
  return existsSync(source) ? source.href : new URL(`../dist/lib/${name}.js`, import.meta.url).href
}
const { restartWithV8Flags } = await import(ours('v8-flags'))
restartWithV8Flags()
const { main } = await import(ours('cli'))
process.exitCode = await main(process.argv.slice(2))
