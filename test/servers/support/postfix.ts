/** A Postfix instance of its own on loopback: own configuration, queue and log in a temporary folder. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { selfSigned } from '../../support/certificate.ts'
import { findProgram, freePort, removeFolder, temporaryFolder, waitFor } from './programs.ts'

export interface Postfix {
  readonly port: number
  readonly queueDirectory: string
  log(): string
  /** Delivered mails, oldest first, as octets. */
  delivered(): readonly string[]
  /** Waits until so many mails are delivered. */
  untilDelivered(count: number, milliseconds?: number): Promise<readonly string[]>
  /** The delivered mail with this text in it, as soon as it is there. */
  deliveredWith(text: string, milliseconds?: number): Promise<string>
  /** Queue ids in one queue: hold, deferred, active, incoming. */
  queue(name: string): readonly string[]
  /** postqueue, postsuper, postcat and the like with this instance's configuration. */
  run(program: string, ...args: readonly string[]): string
  stop(): void
}

export interface PostfixOptions {
  /** Value of smtpd_milters, such as `inet:127.0.0.1:8893`; `unix:` paths are below the queue directory. */
  readonly milters: string
  /** Lines for main.cf. */
  readonly settings?: readonly string[]
  /** Addresses that exist; by default every address of example.test does. */
  readonly users?: readonly string[]
  /** Lines for master.cf, such as a further smtpd service; a line that begins with a space goes on the one before. */
  readonly services?: readonly string[]
  /** Run smtpd in its chroot. */
  readonly chroot?: boolean
}

const SERVICES = [
  'pickup unix n - n 60 1 pickup',
  'cleanup unix n - n - 0 cleanup',
  'qmgr unix n - n 1 1 qmgr',
  'rewrite unix - - n - - trivial-rewrite',
  'bounce unix - - n - 0 bounce',
  'defer unix - - n - 0 bounce',
  'trace unix - - n - 0 bounce',
  'verify unix - - n - 1 verify',
  'flush unix n - n 1000? 0 flush',
  'proxymap unix - - n - - proxymap',
  'smtp unix - - n - - smtp',
  'relay unix - - n - - smtp',
  'showq unix n - n - - showq',
  'error unix - - n - - error',
  'retry unix - - n - - error',
  'discard unix - - n - - discard',
  'virtual unix - n n - - virtual',
  'lmtp unix - - n - - lmtp',
  'anvil unix - - n - 1 anvil',
  'scache unix - - n - 1 scache',
  'tlsmgr unix - - n 1000? 1 tlsmgr',
  'postlog unix-dgram n - n - 1 postlogd',
]

export async function startPostfix(options: PostfixOptions): Promise<Postfix> {
  const folder = temporaryFolder('postfix')
  chmodSync(folder, 0o755)
  const port = await freePort()
  const paths = {
    config: join(folder, 'etc'),
    queue: join(folder, 'spool'),
    data: join(folder, 'data'),
    mail: join(folder, 'mail'),
    log: join(folder, 'log'),
  }
  for (const path of Object.values(paths).slice(0, 4)) mkdirSync(path)
  const owner = ids('postfix')
  chownSync(paths.data, owner.uid, owner.gid)
  chownSync(paths.mail, owner.uid, owner.gid)
  const { key, certificate } = selfSigned(paths.config, 'mail.example.test', 'tls')
  const users = options.users === undefined ? 'static:box/' : `texthash:${join(paths.config, 'users')}`
  writeFileSync(
    join(paths.config, 'users'),
    (options.users ?? []).map((address) => `${address} box/\n`).join(''),
  )
  const chroot = options.chroot === true ? 'y' : 'n'
  writeFileSync(
    join(paths.config, 'master.cf'),
    [`127.0.0.1:${port} inet n - ${chroot} - - smtpd`, ...(options.services ?? []), ...SERVICES, ''].join(
      '\n',
    ),
  )
  writeFileSync(join(paths.config, 'main.cf'), mainCf({ ...paths, key, certificate }, users, owner, options))
  const postfix = findProgram('postfix')
  if (postfix === null) throw new Error('postfix is missing')
  const run = (program: string, ...args: readonly string[]): string =>
    execFileSync(findProgram(program) ?? program, ['-c', paths.config, ...args], {
      encoding: 'latin1',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, MAIL_CONFIG: paths.config },
      maxBuffer: 100_000_000,
    })
  const log = (): string => (existsSync(paths.log) ? readFileSync(paths.log, 'latin1') : '')
  run('postfix', 'start')
  await waitFor(() => /daemon started/.test(log()), 15_000, log)
  const box = join(paths.mail, 'box', 'new')
  const delivered = (): readonly string[] =>
    existsSync(box)
      ? readdirSync(box)
          .toSorted(
            (one, other) => Number(one.split('.')[0]) - Number(other.split('.')[0]) || (one < other ? -1 : 1),
          )
          .map((name) => readFileSync(join(box, name), 'latin1'))
      : []
  return {
    port,
    queueDirectory: paths.queue,
    log,
    delivered,
    untilDelivered: (count, milliseconds = 20_000) =>
      waitFor(() => (delivered().length >= count ? delivered() : null), milliseconds, log),
    deliveredWith: (text, milliseconds = 20_000) =>
      waitFor(() => delivered().find((one) => one.includes(text)), milliseconds, log),
    queue: (name) => {
      const queue = join(paths.queue, name)
      return existsSync(queue)
        ? readdirSync(queue, { recursive: true })
            .map(String)
            .filter((file) => /[0-9A-Za-z]{6,}$/.test(file))
        : []
    },
    run,
    stop: () => {
      try {
        run('postfix', 'stop')
      } catch {
        // already gone
      }
      removeFolder(folder)
    },
  }
}

function mainCf(
  paths: Readonly<Record<'queue' | 'data' | 'mail' | 'log' | 'key' | 'certificate', string>>,
  users: string,
  owner: { uid: number; gid: number },
  { milters, settings = [] }: PostfixOptions,
): string {
  return [
    'compatibility_level = 3.6',
    `queue_directory = ${paths.queue}`,
    `data_directory = ${paths.data}`,
    'mail_owner = postfix',
    'setgid_group = postdrop',
    'myhostname = mail.example.test',
    'mydestination =',
    'mynetworks = 127.0.0.0/8',
    'inet_interfaces = 127.0.0.1',
    'inet_protocols = ipv4',
    'alias_maps =',
    'local_recipient_maps =',
    'virtual_mailbox_domains = example.test',
    `virtual_mailbox_base = ${paths.mail}`,
    `virtual_mailbox_maps = ${users}`,
    'virtual_minimum_uid = 1',
    `virtual_uid_maps = static:${owner.uid}`,
    `virtual_gid_maps = static:${owner.gid}`,
    'virtual_mailbox_limit = 0',
    'message_size_limit = 100000000',
    'default_transport = discard:',
    'smtpd_authorized_xclient_hosts = 127.0.0.0/8',
    'smtpd_peername_lookup = no',
    'smtpd_client_connection_count_limit = 0',
    `smtpd_tls_cert_file = ${paths.certificate}`,
    `smtpd_tls_key_file = ${paths.key}`,
    'smtpd_tls_security_level = may',
    'smtputf8_enable = yes',
    'smtpd_error_sleep_time = 0',
    `maillog_file = ${paths.log}`,
    'maillog_file_prefixes = /',
    'milter_default_action = tempfail',
    `smtpd_milters = ${milters}`,
    ...settings,
    '',
  ].join('\n')
}

/** uid and gid of a system user. */
export function ids(user: string): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${user}:`))
  const [, , uid, gid] = (line ?? '').split(':')
  return { uid: Number(uid), gid: Number(gid) }
}
