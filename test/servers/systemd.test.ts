/** What systemd hears: readiness, the watchdog's ticks, a reload, the end; and a unit file that it understands. */
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { ROOT, startHamlet } from './support/hamlet.ts'
import { findProgram, removeFolder, temporaryFolder, waitFor } from './support/programs.ts'

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

describeWith('the unit file', { programs: ['systemd-analyze'] }, () => {
  it('is understood by systemd', () => {
    const folder = temporaryFolder('unit')
    const unit = readFileSync(join(ROOT, 'systemd', 'hamlet.service'), 'utf8').replace(
      '/usr/bin/hamlet',
      '/bin/true',
    )
    const file = join(folder, 'hamlet.service')
    writeFileSync(file, unit)
    const said = execFileSync('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', file], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    expect(said).toBe('')
    removeFolder(folder)
  })
})
