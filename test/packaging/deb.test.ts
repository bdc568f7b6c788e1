/**
 * The Debian package: built, checked by lintian, installed, run as its unit says, asked by a real Postfix, upgraded,
 * removed and purged, all in a layer over this machine's file system that is thrown away.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { describeWith } from '../servers/support/describe-with.ts'
import { mail } from '../servers/support/mail.ts'
import { startPostfix } from '../servers/support/postfix.ts'
import { freePort, waitFor } from '../servers/support/programs.ts'
import { SmtpClient } from '../servers/support/smtp-client.ts'
import { throwawayRoot, type ThrowawayRoot } from './support/throwaway-root.ts'

const ROOT = join(import.meta.dirname, '../..')
const GTUBE = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'
/** KiB beside the runtime. */
const LARGEST = 60 * 1024

describeWith(
  'the Debian package',
  {
    programs: ['dpkg-deb', 'lintian', 'strip', 'unshare', 'nsenter', 'postfix', 'runuser', 'mandoc'],
    root: true,
    other: {
      name: 'HAMLET_REQUIRE_SERVERS=1 (it asks the npm registry)',
      isThere: () => process.env['HAMLET_REQUIRE_SERVERS'] === '1',
    },
  },
  () => {
    let out = ''
    let deb = ''
    let root: ThrowawayRoot
    const done = (script: string): string => {
      const { code, out: said } = root.run(script)
      if (code !== 0) throw new Error(`${script}: exit code ${code}\n${said}`)
      return said
    }

    beforeAll(() => {
      out = mkdtempSync(join(tmpdir(), 'deb-'))
      chmodSync(out, 0o755)
      const built = execFileSync(process.execPath, [join(ROOT, 'packaging/deb/build.ts'), out], {
        encoding: 'utf8',
        cwd: ROOT,
      })
      deb = built.trim()
      // the same a version earlier, with another default in its configuration
      execFileSync(
        'sh',
        [
          '-ec',
          `dpkg-deb -R ${deb} old; sed -i 's/^Version: .*/Version: 0.0.1/' old/DEBIAN/control
           sed -i 's/tag: 5/tag: 6/' old/etc/hamlet/hamlet.yaml
           dpkg-deb --root-owner-group -Znone -b old old.deb >/dev/null; rm -rf old`,
        ],
        { cwd: out },
      )
      root = throwawayRoot(out)
    }, 300_000)
    afterAll(() => {
      root?.remove()
      rmSync(out, { recursive: true, force: true })
    })

    it('has no fault that lintian knows, and is small beside its runtime', () => {
      const lintian = spawnSync('lintian', ['--allow-root', '--tag-display-limit', '0', deb], {
        encoding: 'utf8',
      })
      expect(lintian.stdout + lintian.stderr).toBe('')
      const size = Number(execFileSync('dpkg-deb', ['-f', deb, 'Installed-Size'], { encoding: 'utf8' }))
      const [, runtime] = / (\d+) \S+ \S+ \.\/usr\/lib\/hamlet\/node$/m.exec(
        execFileSync('dpkg-deb', ['-c', deb], { encoding: 'utf8' }),
      ) ?? ['', '0']
      expect(size - Number(runtime) / 1024).toBeLessThan(LARGEST)
    }, 120_000)

    it('asks nothing when it is installed, and says the line for main.cf', () => {
      const said = done('DEBIAN_FRONTEND=noninteractive dpkg -i /mnt/old.deb </dev/null')
      expect(said).toContain('smtpd_milters = inet:127.0.0.1:8893')
      expect(done('id -nG hamlet')).toBe('hamlet\n')
      expect(done('stat -c "%a %U:%G" /var/lib/hamlet /etc/hamlet/hamlet.yaml')).toBe(
        '750 hamlet:hamlet\n640 root:hamlet\n',
      )
      expect(done('ls /etc/systemd/system/multi-user.target.wants/')).toContain('hamlet.service')
      expect(done('hamlet --version')).toMatch(/^hamlet \d/)
      expect(done('man -w hamlet hamlet-why hamlet.yaml | wc -l')).toBe('3\n')
      expect(done('hamlet check-config')).toMatch(/0 errors, 0 warnings/)
    }, 60_000)

    it('keeps a configuration that was changed through an upgrade, and takes the new one where it was not', () => {
      done('cp /etc/hamlet/hamlet.yaml /root/as-it-came')
      expect(done('grep -c "tag: 6" /etc/hamlet/hamlet.yaml')).toBe('1\n')
      const upgraded = done(`DEBIAN_FRONTEND=noninteractive dpkg -i /mnt/${basename(deb)} </dev/null`)
      expect(upgraded).not.toContain('main.cf')
      expect(done('grep -c "tag: 5" /etc/hamlet/hamlet.yaml')).toBe('1\n')
      done('dpkg --force-confold -i /mnt/old.deb && sed -i "s/tag: [56]/tag: 4/" /etc/hamlet/hamlet.yaml')
      done(`DEBIAN_FRONTEND=noninteractive dpkg --force-confold -i /mnt/${basename(deb)} </dev/null`)
      expect(done('grep -c "tag: 4" /etc/hamlet/hamlet.yaml')).toBe('1\n')
    }, 120_000)

    it('filters mail of a real Postfix, started as its unit starts it', async () => {
      const port = await freePort()
      done(
        `sed -i 's/^listen:.*/listen: inet:${port}@127.0.0.1/; s/^rules:.*/dns: { servers: ["127.0.0.1:9"], timeout: 100ms }\\ndns_lists: { lists: [] }\\n&/' /etc/hamlet/hamlet.yaml`,
      )
      const command = done('sed -n "s/^ExecStart=//p" /usr/lib/systemd/system/hamlet.service').trim()
      const daemon = root.start(`exec runuser -u hamlet -- ${command}`)
      let log = ''
      daemon.stdout?.on('data', (chunk: Buffer) => (log += chunk.toString()))
      daemon.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()))
      try {
        await waitFor(
          () => /is listening/.exec(log),
          30_000,
          () => log,
        )
        const postfix = await startPostfix({
          milters: `inet:127.0.0.1:${port}`,
          users: ['user@example.test'],
        })
        try {
          const send = async (text: string) => {
            const client = await SmtpClient.session(postfix.port)
            const { answer } = await client.send({
              from: 'a@sender.example',
              to: ['user@example.test'],
              bytes: Buffer.from(text),
            })
            await client.quit()
            return answer.code
          }
          expect(await send(mail('harmless'))).toBe(250)
          expect(await postfix.deliveredWith('harmless')).toMatch(/^X-Spam-Status: No/m)
          expect(await send(mail('bad', GTUBE))).toBe(550)
          await waitFor(
            () => /verdict=reject/.exec(log),
            10_000,
            () => log,
          )
        } finally {
          await postfix.stop()
        }
        // the record has a thread of its own
        await waitFor(() => done('ls /var/lib/hamlet').includes('history.sqlite'), 20_000)
      } finally {
        root.run('pkill -u hamlet')
      }
    }, 120_000)

    it('runs as its Containerfile says: as no root, on a file system that is read-only, and healthy', () => {
      const instructions = readFileSync(join(ROOT, 'packaging/container/Containerfile'), 'utf8')
      const listOf = (name: string): string => {
        const [, list = '[]'] = new RegExp(`^${name}\\b.*?(\\[".*\\])$`, 'm').exec(instructions) ?? []
        const words: readonly string[] = JSON.parse(list)
        return words.join(' ')
      }
      const [, user = ''] = /^USER (\S+)$/m.exec(instructions) ?? []
      expect(user).toBe('hamlet')
      copyFileSync(join(ROOT, 'packaging/container/hamlet.yaml'), join(out, 'container.yaml'))
      const { code, out: said } = root.run(
        `exec unshare --mount sh -ec '
           cp /mnt/container.yaml /etc/hamlet/hamlet.yaml
           mount -t tmpfs -o uid=$(id -u hamlet),mode=750 none /var/lib/hamlet
           mount -o remount,bind,ro /
           ! touch /etc/written 2>/dev/null
           runuser -u ${user} -- ${listOf('ENTRYPOINT')} ${listOf('CMD')} & daemon=$!
           for i in 1 2 3 4 5 6 7 8 9 10; do
             runuser -u ${user} -- ${listOf('HEALTHCHECK')} && break
             sleep 2
           done
           kill $(pgrep -u hamlet) || true; wait $daemon || true'`,
      )
      expect(said).toMatch(/HAMLET OK: inet:8893@127\.0\.0\.1 judged a mail/)
      expect(code).toBe(0)
    }, 60_000)

    it('leaves configuration and state when it is removed, and nothing when it is purged', () => {
      done('dpkg -r hamlet-milter')
      done('test -e /etc/hamlet/hamlet.yaml && test -e /var/lib/hamlet && ! test -e /usr/lib/hamlet')
      done('dpkg -P hamlet-milter')
      expect(
        done('ls -d /etc/hamlet /var/lib/hamlet /usr/lib/hamlet /var/spool/hamlet 2>/dev/null || true'),
      ).toBe('')
      expect(done('dpkg -l hamlet-milter 2>/dev/null | grep -c "^ii" || true')).toBe('0\n')
    }, 60_000)
  },
)
