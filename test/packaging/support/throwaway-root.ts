/**
 * This machine's file system with a layer on top that is thrown away: packages can be installed and purged in it, and
 * nothing of it stays. Linux, root, overlayfs.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface ThrowawayRoot {
  /** One shell script in it, with what it printed. */
  run(script: string): { readonly code: number; readonly out: string }
  /** A program that goes on; it is killed with the rest. */
  start(script: string): ChildProcess
  remove(): void
}

/** Lives in a mount namespace of its own as long as a sleeping process in it; `shared` is seen there as /mnt. */
export function throwawayRoot(shared: string): ThrowawayRoot {
  const home = mkdtempSync(join(tmpdir(), 'root-'))
  const keeper = spawn(
    'unshare',
    [
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-ec',
      `mkdir ${home}/layer; mount -t tmpfs none ${home}/layer; cd ${home}/layer; mkdir up work root
       mount -t overlay none -o lowerdir=/,upperdir=$PWD/up,workdir=$PWD/work root
       mount -t proc none root/proc; mount --rbind /dev root/dev; mount --bind ${shared} root/mnt
       mount -t tmpfs none root/tmp; chmod 1777 root/tmp
       echo ready; exec sleep 3600`,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const { pid } = keeper
  if (pid === undefined) throw new Error('unshare cannot be started')
  waitReady(pid, home)
  const inside = (script: string): readonly string[] => [
    `--target=${pid}`,
    '--mount',
    'chroot',
    join(home, 'layer/root'),
    'sh',
    '-c',
    script,
  ]
  return {
    run: (script) => {
      const { status, stdout } = spawnSync('nsenter', [...inside(`{ ${script}\n} 2>&1`)], {
        encoding: 'utf8',
        maxBuffer: 64 * 1024 ** 2,
      })
      return { code: status ?? 255, out: stdout }
    },
    start: (script) => spawn('nsenter', [...inside(script)], { stdio: ['ignore', 'pipe', 'pipe'] }),
    remove: () => {
      keeper.kill('SIGKILL')
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Synchronously, so that a suite can be set up before its first test. */
function waitReady(pid: number, home: string): void {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { status } = spawnSync('nsenter', [
      `--target=${pid}`,
      '--mount',
      'mountpoint',
      '-q',
      join(home, 'layer/root/tmp'),
    ])
    if (status === 0) return
    execFileSync('sleep', ['0.1'])
  }
  throw new Error('no layer over the file system can be made here')
}
