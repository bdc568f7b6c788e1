/** The units that are shipped for the spool: systemd understands them, and their names and places go together. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { describeWith } from '../servers/support/describe-with.ts'
import { ROOT } from '../servers/support/hamlet.ts'
import { removeFolder, temporaryFolder } from '../servers/support/programs.ts'

const read = (name: string) => readFileSync(join(ROOT, 'dovecot', name), 'utf8')

describeWith(
  'the units of the spool',
  { programs: ['systemd-analyze', 'systemd-tmpfiles'], root: true },
  () => {
    it('are understood by systemd', () => {
      const folder = temporaryFolder('units')
      const files = ['hamlet-learn.path', 'hamlet-learn.service'].map((name) => {
        writeFileSync(join(folder, name), read(name).replace('/usr/bin/hamlet', '/bin/true'))
        return join(folder, name)
      })
      const verify = ['verify', '--man=no', '--recursive-errors=no', ...files]
      const said = execFileSync('systemd-analyze', verify, {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      expect(said).toBe('')
      removeFolder(folder)
    })
    it('make a spool into which everybody may put something and that nobody may list', () => {
      const folder = temporaryFolder('tmpfiles')
      mkdirSync(join(folder, 'etc'))
      writeFileSync(join(folder, 'etc', 'passwd'), 'root:x:0:0::/:/bin/sh\nhamlet:x:990:991::/:/bin/false\n')
      writeFileSync(join(folder, 'etc', 'group'), 'root:x:0:\nhamlet:x:991:\n')
      writeFileSync(join(folder, 'hamlet-learn.conf'), read('hamlet-learn.tmpfiles'))
      execFileSync('systemd-tmpfiles', [`--root=${folder}`, '--create', join(folder, 'hamlet-learn.conf')])
      const spool = join(folder, 'var/spool/hamlet/learn')
      expect(execFileSync('stat', ['-c', '%a %u %g', spool], { encoding: 'utf8' })).toBe('1733 990 991\n')
      removeFolder(folder)
    })
  },
)

describe('the files for Dovecot', () => {
  it('agree about places and names', () => {
    const spool = /HAMLET_SPOOL:-(\S+)\}/.exec(read('hamlet-learn'))![1]!
    const service = read('hamlet-learn.service')
    expect(service).toMatch(new RegExp(`^ExecStart=.* learn spool --quiet ${spool}$`, 'm'))
    expect(service).toMatch(new RegExp(`^ReadWritePaths=${spool} `, 'm'))
    expect(read('hamlet-learn.tmpfiles')).toMatch(new RegExp(`^d ${spool} 1733 `, 'm'))
    for (const kind of ['spam', 'ham'])
      expect(read('hamlet-learn.path')).toContain(`PathExistsGlob=${spool}/${kind}.[0-9]*.eml`)
    const scripts = /sieve_pipe_bin_dir = (\S+)/.exec(read('90-hamlet.conf'))![1]!
    const used = [...read('90-hamlet.conf').matchAll(/file:(\S+)\/(\S+)$/gm)]
    expect(used.map(([, place, name]) => [place, read(name!).length > 0])).toEqual(
      Array.from({ length: 3 }, () => [scripts, true]),
    )
    expect(readFileSync(join(ROOT, 'docs', 'dovecot.md'), 'utf8')).toContain(scripts)
  })
})
