/**
 * A Sendmail of its own on loopback. Debian's package conflicts with Postfix's, so it is unpacked beside the system:
 * HAMLET_SENDMAIL names the folder into which sendmail-bin, sendmail-cf and libsasl2-2 were unpacked (`dpkg -x`).
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, freePort, removeFolder, startProgram, temporaryFolder, waitFor } from './programs.ts'

export interface Sendmail {
  readonly port: number
  /** Holds sendmail.cf and the folder queue. */
  readonly folder: string
  delivered(): readonly string[]
  untilDelivered(count: number, milliseconds?: number): Promise<readonly string[]>
  log(): string
  /** Files of the queue; a quarantined mail's begins with `hf`. */
  queue(): readonly string[]
  stop(): Promise<void>
}

const ROOT = process.env['HAMLET_SENDMAIL'] ?? ''
/** Without it the unpacked program does not find its libraries. */
export const ENVIRONMENT = { LD_LIBRARY_PATH: join(ROOT, 'usr/lib/x86_64-linux-gnu') }
export const PROGRAM = join(ROOT, 'usr/libexec/sendmail/sendmail')

/** For `describeWith`: whether an unpacked Sendmail is there. */
export const SENDMAIL_NEEDS = {
  name: 'an unpacked Sendmail (HAMLET_SENDMAIL)',
  isThere: (): boolean => ROOT !== '' && existsSync(PROGRAM),
}

/** `milter` is what INPUT_MAIL_FILTER's S= takes: `inet:8893@127.0.0.1`, `unix:/path`. */
export async function startSendmail(milter: string): Promise<Sendmail> {
  const folder = temporaryFolder('sendmail')
  chmodSync(folder, 0o755)
  const port = await freePort()
  const box = join(folder, 'box')
  const queue = join(folder, 'queue')
  for (const path of [box, queue]) mkdirSync(path)
  const deliver = join(folder, 'deliver')
  // under its name only when it is whole
  // the user it is for stands in front, as Postfix writes it
  const script = `name=$(date +%s%N)-$$; { echo "Delivered-To: $1"; cat; } > ${box}/.$name && mv ${box}/.$name ${box}/$name`
  writeFileSync(deliver, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  chmodSync(box, 0o777)
  writeFileSync(join(folder, 'sendmail.mc'), mc({ folder, port, deliver, queue, milter }))
  const cf = execFileSync(
    findProgram('m4') ?? 'm4',
    [`-D_CF_DIR_=${join(ROOT, 'usr/share/sendmail/cf')}/`, join(folder, 'sendmail.mc')],
    { encoding: 'latin1', maxBuffer: 10_000_000 },
  )
  writeFileSync(join(folder, 'sendmail.cf'), cf)
  // a host without a domain in its name makes Sendmail sleep for a minute: it gets a host name of its own
  const daemon = startProgram(
    'unshare',
    [
      '--uts',
      'sh',
      '-c',
      'hostname mail.example.test; exec "$@"',
      'sh',
      PROGRAM,
      `-C${join(folder, 'sendmail.cf')}`,
      '-bD',
      '-q1s',
      `-X${join(folder, 'traffic')}`,
    ],
    { env: ENVIRONMENT },
  )
  const read = (file: string) => (existsSync(file) ? readFileSync(file, 'latin1') : '')
  const log = () => daemon.output() + read(join(folder, 'traffic'))
  const delivered = () =>
    readdirSync(box)
      .filter((name) => !name.startsWith('.'))
      .toSorted()
      .map((name) => readFileSync(join(box, name), 'latin1'))
  await waitFor(() => isListening(port), 15_000, log)
  return {
    port,
    folder,
    delivered,
    untilDelivered: (count, milliseconds = 20_000) =>
      waitFor(() => (delivered().length >= count ? delivered() : null), milliseconds, log),
    log,
    queue: () => readdirSync(queue),
    stop: async () => {
      await daemon.stop()
      removeFolder(folder)
    },
  }
}

const isListening = (port: number): boolean =>
  new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} 0{8}:0000 0A`).test(
    readFileSync('/proc/net/tcp', 'latin1'),
  )

function mc({
  folder,
  port,
  deliver,
  queue,
  milter,
}: Record<'folder' | 'deliver' | 'queue' | 'milter', string> & { port: number }): string {
  const define = (name: string, value: string) => `define(\`${name}', \`${value}')dnl`
  return [
    'divert(0)dnl',
    `include(\`${join(ROOT, 'usr/share/sendmail/cf/m4/cf.m4')}')dnl`,
    "OSTYPE(`linux')dnl",
    define('confDOMAIN_NAME', 'mail.example.test'),
    define('QUEUE_DIR', queue),
    define('confPID_FILE', join(folder, 'pid')),
    define('STATUS_FILE', join(folder, 'statistics')),
    define('HELP_FILE', '/dev/null'),
    // an alias file that is not there would make Sendmail queue every mail
    define('ALIAS_FILE', 'null:none'),
    define('confDONT_BLAME_SENDMAIL', 'GroupWritableDirPathSafe,GroupReadableKeyFile'),
    define('confTO_IDENT', '0'),
    define('confMAX_MESSAGE_SIZE', '100000000'),
    define('confDELIVERY_MODE', 'interactive'),
    // a busy test machine is no reason to queue
    define('confQUEUE_LA', '1000'),
    define('confREFUSE_LA', '1000'),
    define('confBIND_OPTS', '-DNSRCH -DEFNAMES'),
    define('LOCAL_MAILER_PATH', deliver),
    define('LOCAL_MAILER_ARGS', 'deliver $u'),
    define('LOCAL_MAILER_FLAGS', ''),
    // every user exists
    "MODIFY_MAILER_FLAGS(`LOCAL', `-w')dnl",
    "FEATURE(`nocanonify')dnl",
    "FEATURE(`accept_unresolvable_domains')dnl",
    "FEATURE(`no_default_msa')dnl",
    `DAEMON_OPTIONS(\`Port=${port}, Addr=127.0.0.1, Name=MTA')dnl`,
    `INPUT_MAIL_FILTER(\`hamlet', \`S=${milter}, F=T, T=C:1m;S:30s;R:30s;E:2m')dnl`,
    "MAILER(`local')dnl",
    "MAILER(`smtp')dnl",
    'LOCAL_CONFIG',
    'Cwexample.test',
    '',
  ].join('\n')
}
