/** A Dovecot of its own for tests: this project's scripts, one mail user, a port on loopback, everything in one folder. */
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
/** The account whose mail it is; every Debian has it. */
const USER = { name: 'mail', uid: 8, gid: 8 }

export interface TestDovecot {
  readonly port: number
  /** Configuration file for `hamlet` and the folder of its state. */
  readonly config: string
  readonly state: string
  readonly spool: string
  log(): string
  stop(): Promise<void>
}

/** Why it cannot run here, or null. */
export function dovecotMissing(): string | null {
  if (process.getuid?.() !== 0) return 'needs root'
  if (spawnSync('dovecot', ['--version']).status !== 0) return 'dovecot is not installed'
  return spawnSync('sievec', ['-v']).error ? 'dovecot-sieve is not installed' : null
}

export async function startDovecot(home: string, port: number): Promise<TestDovecot> {
  const place = (name: string) => join(home, name)
  chmodSync(home, 0o755)
  for (const name of ['mail', 'scripts', 'spool']) mkdirSync(place(name))
  chownSync(place('mail'), USER.uid, USER.gid)
  chmodSync(place('spool'), 0o1733)
  cpSync(join(ROOT, 'dovecot'), place('scripts'), { recursive: true })
  writeFileSync(place('hamlet.yaml'), 'state: ./state\n')
  // Dovecot passes no environment on to piped programs
  const script = readFileSync(place('scripts/hamlet-learn'), 'utf8')
  writeFileSync(
    place('scripts/hamlet-learn'),
    script.replace('set -u', `set -u\nHAMLET_SPOOL=${place('spool')}`),
  )
  writeFileSync(place('dovecot.conf'), configuration(home, port))
  const child = spawn('dovecot', ['-F', '-c', place('dovecot.conf')], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await listening(port)
  return {
    port,
    config: place('hamlet.yaml'),
    state: place('state'),
    spool: place('spool'),
    log: () => readFileSync(place('dovecot.log'), 'utf8'),
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

function configuration(home: string, port: number): string {
  const shipped = readFileSync(join(ROOT, 'dovecot/90-hamlet.conf'), 'utf8')
  return `
base_dir = ${home}/run
state_dir = ${home}/run
log_path = ${home}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:${home}/mail/%u
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=${USER.uid} gid=${USER.gid} home=${home}/mail/%u
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
service stats {
  chroot =
}
service anvil {
  chroot =
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Junk {
    auto = create
    special_use = \\Junk
  }
  mailbox "Deleted Items" {
    auto = create
  }
  mailbox Trash {
    auto = create
  }
}
${shipped.replaceAll('/usr/lib/hamlet/dovecot', `${home}/scripts`)}`
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`nothing listens on port ${port}`)
}
