/**
 * Compares what the message model makes of mails with what an installed SpamAssassin makes of them, layer by layer:
 * paragraphs, decoded text, URIs, headers. SpamAssassin's side is a file of JSON lines, one mail each with `file`,
 * `body`, `raw`, `uris` and `hdr`, in the order of the mails given.
 *
 * bench/sa-facts.pl writes the like for facts of HTML, URI details, the MIME tree and parse flags; both are understood.
 *
 *   node bench/compare-render.ts [--show LAYER] [--limit N] RENDERED.jsonl MAIL...      (@LIST reads names from a file)
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeDomains } from '../lib/mail/domain.ts'
import { parseMessage } from '../lib/mail/message.ts'
import type { TrustOptions } from '../lib/mail/received.ts'
import { splitMail } from '../lib/mail/split.ts'
import type { UriOptions } from '../lib/mail/uri.ts'
import { pairLayers } from '../test/support/sa-view.ts'
import type { SaView } from '../test/support/sa-view.ts'

const RULES = '/usr/share/spamassassin'

const print = (text: string) => process.stdout.write(`${text}\n`)

const ruleLines = readdirSync(RULES)
  .filter((name) => name.endsWith('.cf'))
  .sort()
  .flatMap((name) => readFileSync(join(RULES, name), 'latin1').split('\n'))
const directive = (name: string) =>
  ruleLines
    .map((line) => line.trim())
    .filter((line) => line.startsWith(`${name} `))
    .map((line) => line.slice(name.length + 1).trim())
const words = (name: string) => new Set(directive(name).flatMap((line) => line.toLowerCase().split(/\s+/)))

function perlPattern(text: string): RegExp {
  const [, open = '/', rest = ''] = /^m?([^\w\s])(.*)$/.exec(text)!
  const close = { '{': '}', '(': ')', '<': '>', '[': ']' }[open] ?? open
  const end = rest.lastIndexOf(close)
  return new RegExp(rest.slice(0, end), rest.slice(end + 1).replace(/[^i]/g, ''))
}

const tlds = words('util_rb_tld')
const second = words('util_rb_2tld')
const third = words('util_rb_3tld')
const uriOptions: UriOptions = {
  domains: makeDomains({
    isTld: (label) => tlds.has(label),
    isSecondLevel: (name) => second.has(name),
    isThirdLevel: (name) => third.has(name),
    tldPattern: '',
  }),
  redirectors: directive('redirector_pattern').map(perlPattern),
  dkim: true,
}
const trust: TrustOptions = {
  originatingIpHeaders: directive('originating_ip_headers').flatMap((line) => line.split(/\s+/)),
}

const agree = new Map<string, [agreeing: number, all: number]>()
const options = { show: '', limit: 20 }
const files: string[] = []
const args = process.argv.slice(2)
while (args.length > 0) {
  const arg = args.shift()!
  if (arg === '--show') options.show = args.shift() ?? ''
  else if (arg === '--limit') options.limit = Number(args.shift())
  else if (arg.startsWith('@')) files.push(...readFileSync(arg.slice(1), 'utf8').trim().split('\n'))
  else files.push(arg)
}
const rendered = readFileSync(files.shift()!, 'utf8').trim().split('\n')
let shown = 0
let slowest = 0
let slowestFile = ''

function note(layer: string, file: string, left: unknown, right: unknown): void {
  const same = JSON.stringify(left) === JSON.stringify(right)
  const count = agree.get(layer) ?? [0, 0]
  agree.set(layer, [count[0] + Number(same), count[1] + 1])
  if (same || (options.show !== layer && options.show !== 'all') || shown++ >= options.limit) return
  print(`--- ${layer} ${file}`)
  showDifference(left, right)
}

function showDifference(left: unknown, right: unknown): void {
  const [a, b] = [left, right].map((side) => (Array.isArray(side) ? side.map(String) : [String(side)]))
  for (let i = 0; i < Math.max(a!.length, b!.length); i++) {
    if (a![i] === b![i]) continue
    const [x = '(nothing)', y = '(nothing)'] = [a![i], b![i]]
    let at = 0
    while (at < x.length && x[at] === y[at]) at++
    const from = Math.max(0, at - 60)
    print(`  ours ${i}@${at}: ${JSON.stringify(x.slice(from, at + 100))}`)
    print(`  SA   ${i}@${at}: ${JSON.stringify(y.slice(from, at + 100))}`)
    return
  }
}

for (const [index, file] of files.entries()) {
  const theirs = JSON.parse(rendered[index] ?? '{}') as SaView
  const bytes = readFileSync(file)
  const started = performance.now()
  for (const pair of pairLayers(parseMessage(splitMail(bytes)), theirs, uriOptions, trust))
    note(pair.layer, file, pair.ours, pair.theirs)
  const took = performance.now() - started
  if (took > slowest) [slowest, slowestFile] = [took, file]
}
for (const [layer, [same, all]] of agree)
  print(`${layer.padEnd(26)} ${same}/${all} ${((100 * same) / all).toFixed(2)} %`)
print(`slowest ${slowest.toFixed(1)} ms ${slowestFile}`)
