/** What systemd hears: readiness, the watchdog's ticks, a reload, the end; and a unit file that it understands. */
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { NO_DNS, ROOT, startHamlet } from './support/hamlet.ts'
import { mail } from './support/mail.ts'
import { ids, startPostfix } from './support/postfix.ts'
import { findProgram, removeFolder, startProgram, temporaryFolder, waitFor } from './support/programs.ts'
import { SmtpClient } from './support/smtp-client.ts'

/** Node has no datagram sockets of the unix kind either: perl listens for us and prints each message as a line. */
const LISTENER = `
use Socket; use IO::Socket::UNIX; $| = 1;
my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die "$!";
print "listening\\n";
while (1) { my $m = ''; $s->recv($m, 4096); $m =~ s/\\n/;/g; print "$m\\n" }
`

describeWith('under systemd', { programs: ['systemd-notify', 'perl'] }, () => {
  it('is told of readiness, life, reload and end', async () => {
    const folder = temporaryFolder('systemd')
    const socket = join(folder, 'notify')
    writeFileSync(join(folder, 'listener.pl'), LISTENER)
    const listener = spawn(findProgram('perl') ?? 'perl', [join(folder, 'listener.pl'), socket])
    let heard = ''
    listener.stdout.on('data', (chunk: Buffer) => (heard += chunk.toString()))
    const until = (pattern: RegExp) =>
      waitFor(
        () => pattern.exec(heard),
        15_000,
        () => heard,
      )
    await until(/listening/)
    const hamlet = await startHamlet({
      config: 'dns_lists: { lists: [] }',
      env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1500000', JOURNAL_STREAM: '1:2' },
    })
    try {
      await until(/READY=1/)
      await until(/WATCHDOG=1/)
      hamlet.reload('dns_lists: { lists: [] }\nscores: { tag: 4 }')
      await until(/RELOADING=1[\s\S]*READY=1/)
      expect(hamlet.log()).toMatch(/^<5>hamlet .* is listening/m)
      await hamlet.stop()
      await until(/STOPPING=1/)
    } finally {
      listener.kill()
      hamlet.remove()
      removeFolder(folder)
    }
  }, 60_000)
})

describeWith('the unit files', { programs: ['systemd-analyze'] }, () => {
  const units = [
    ['systemd', 'hamlet.service', 1.5],
    ['dovecot', 'hamlet-learn.service', 2],
  ] as const

  it.each(units)('%s/%s is understood by systemd', (place, name, _most) => {
    const folder = temporaryFolder('unit')
    const unit = readFileSync(join(ROOT, place, name), 'utf8').replace('/usr/bin/hamlet', '/bin/true')
    const file = join(folder, name)
    writeFileSync(file, unit)
    const said = execFileSync('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', file], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    expect(said).toBe('')
    removeFolder(folder)
  })

  it.each(units)('%s/%s exposes no more than %d', (place, name, most) => {
    const file = join(ROOT, place, name)
    const said = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', file], {
      encoding: 'utf8',
    })
    const level = /exposure level for \S+: ([\d.]+)/.exec(said)?.[1]
    expect(Number(level)).toBeGreaterThan(0)
    expect(Number(level)).toBeLessThanOrEqual(most)
  })
})

describeWith(
  "the unix socket in Postfix's chroot, as the unit allows it",
  { programs: [...POSTFIX_NEEDS.programs, 'unshare', 'setpriv'], root: true },
  () => {
    it('is made in a read-only system by a user who may give nothing away, and Postfix reaches it', async () => {
      const postfix = await startPostfix({ milters: 'unix:hamlet/hamlet.sock', chroot: true })
      const folder = temporaryFolder('confined')
      const place = (name: string) => join(folder, name)
      const sockets = join(postfix.queueDirectory, 'hamlet')
      const nobody = ids('nobody')
      const { gid } = ids('postfix')
      chmodSync(folder, 0o755)
      for (const name of ['repo', 'state']) mkdirSync(place(name))
      writeFileSync(place('node'), '')
      chownSync(place('state'), nobody.uid, nobody.gid)
      // as systemd/hamlet.tmpfiles has it
      mkdirSync(sockets)
      chownSync(sockets, nobody.uid, gid)
      chmodSync(sockets, 0o2750)
      writeFileSync(
        place('hamlet.yaml'),
        [
          `listen: "unix:${sockets}/hamlet.sock"`,
          `state: ${place('state')}`,
          'milter: { socket_group: postfix }',
          NO_DNS,
          '',
        ].join('\n'),
      )
      const user = [`--reuid=${nobody.uid}`, `--regid=${nobody.gid}`, '--clear-groups']
      const confined = [
        `mount --bind ${ROOT} ${place('repo')}`,
        `mount --bind ${process.execPath} ${place('node')}`,
        // ReadWritePaths= and StateDirectory=; all else is read-only (ProtectSystem=strict)
        ...[place('state'), sockets].map((path) => `mount --bind ${path} ${path}`),
        'mount -o remount,bind,ro /',
        `exec setpriv ${user.join(' ')} --no-new-privs --bounding-set=-all --inh-caps=-all ${place('node')} ${place('repo')}/bin/hamlet.mjs start --config ${place('hamlet.yaml')}`,
      ].join('\n')
      const running = startProgram(
        'unshare',
        ['--mount', '--propagation', 'private', 'sh', '-ec', confined],
        {
          env: { NODE_OPTIONS: '' },
        },
      )
      try {
        await running.until(/is listening/, 30_000)
        const socket = statSync(join(sockets, 'hamlet.sock'))
        expect([socket.uid, socket.gid, socket.mode & 0o777]).toEqual([nobody.uid, gid, 0o660])
        const client = await SmtpClient.session(postfix.port)
        const bytes = mail('through the socket')
        const { answer } = await client.send({ from: 'a@b.example', to: ['user@example.test'], bytes })
        await client.quit()
        expect(answer.code).toBe(250)
        expect(await postfix.deliveredWith('through the socket')).toMatch(/^X-Spam-Status: /m)
      } finally {
        await running.stop()
        postfix.stop()
        removeFolder(folder)
      }
    }, 60_000)
  },
)
