/** Takes out of node_modules what a running Hamlet never reads: sources of natives, other systems' binaries, types, docs, tests. */
import { globSync, rmSync, statSync } from 'node:fs'
import { arch } from 'node:process'
import { join } from 'node:path'

const NEVER_READ = [
  '**/*.{d.ts,d.mts,d.cts,map,ts,mts,cts,md,markdown,flow,gyp,c,cc,cpp,h,hpp,yml,yaml,tsbuildinfo,ico,min.js,min.mjs}',
  '{*,@*/*,*/node_modules/*}/{test,tests,__tests__,example,examples,docs,doc,man,benchmark,benchmarks}',
  // settings of editors, linters and registries, links to programs
  '**/.*',
  // programs of their own that packages bring along
  '{yaml,tldts,mailauth,mailauth/node_modules/tldts}/{bin,bin.mjs}',
  'node-addon-api',
  '**/src/cli',
  'better-sqlite3/{deps,src}',
] as const
/** Of a licence the text stays, whatever its name ends in. */
const KEPT = /(?:^|\/)(?:licen[cs]e|copying|notice)[^/]*$/i

export function pruneModules(modules: string): void {
  for (const path of globSync([...NEVER_READ], { cwd: modules }))
    if (!KEPT.test(path) || statSync(join(modules, path), { throwIfNoEntry: false })?.isDirectory())
      rmSync(join(modules, path), { recursive: true, force: true })
  for (const binary of globSync('better-sqlite3/prebuilds/*', { cwd: modules }))
    if (!binary.endsWith(`/linux-${arch}.node`)) rmSync(join(modules, binary))
}
