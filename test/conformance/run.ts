/**
 * Runs SpamAssassin's own tests against Hamlet and prints how many assertions of each file passed.
 *
 *   node test/conformance/run.ts SOURCES [TEST...]
 *
 * SOURCES is a copy of SpamAssassin's sources (with t/ and rules/). Without names those below are run.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const WANTED =
  'rule_types rule_multiple basic_meta2 header header_utf8 get_all_headers mimeheader regexp_named_capture if_can if_else ' +
  'ifversion enable_compat prefs_include html_obfu html_utf8 utf8 utf16 text_bad_ctype uridetail uri_list wlbl_uri ' +
  'originating_ip_hdr metadata welcomelist_addrs welcomelist_from welcomelist_subject welcomelist_to freemail ' +
  'freemail_welcome_block fromnamespoof authres shortcircuit recips recursion spam nonspam gtube'

const [folder, ...names] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: run.ts SOURCES [TEST...]')
const sources = resolve(folder)
const script = join(dirname(fileURLToPath(import.meta.url)), 'spamassassin.ts')
// What a build would have made; the tests only look whether they are there.
mkdirSync(join(sources, 'blib/lib'), { recursive: true })
if (!existsSync(join(sources, 't/test_dir'))) writeFileSync(join(sources, 't/test_dir'), '')

let passed = 0
let total = 0
for (const name of names.length > 0 ? names : WANTED.split(' ')) {
  const { stdout, stderr } = spawnSync('perl', ['-T', `t/${name}.t`], {
    cwd: sources,
    env: { ...process.env, SPAMASSASSIN_SCRIPT: `${process.execPath} ${script}`, TEST_PERL_TAINT: 'no' },
    encoding: 'latin1',
    maxBuffer: 1 << 28,
  })
  const good = stdout.match(/^ok \d+/gm)?.length ?? 0
  const bad = stdout.match(/^not ok \d+/gm)?.length ?? 0
  const planned = Number(/^1\.\.(\d+)/m.exec(stdout)?.[1] ?? '0')
  passed += good
  total += Math.max(planned, good + bad)
  process.stdout.write(
    `${name}: ${good} of ${Math.max(planned, good + bad)}${/^ok .*# skip/im.test(stdout) ? ' (some skipped)' : ''}\n`,
  )
  const why =
    stderr.match(
      /^\s*(?:Not found|Found anti-pattern|Found more than once).*$|^Can't.*$|^error:.*$|^Error.*$/gm,
    ) ?? []
  for (const line of why.slice(0, 12)) process.stdout.write(`    ${line.trim().slice(0, 160)}\n`)
}
process.stdout.write(`${passed} of ${total} assertions\n`)
