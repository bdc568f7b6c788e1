/**
 * The option of V8 that a process must be started with. It is to compile patterns at once: most run seldom, and those
 * it would begin by interpreting would stay slow for many messages. Changed while the process runs the option is
 * dangerous: a pattern that was interpreted before and is then taken for a compiled one ends in a segmentation fault.
 */
const FLAGS = ['--no-regexp-tier-up'] as const

/**
 * For glibc: what is a megabyte or more is given back to the system as soon as it is free. By itself glibc raises that
 * limit to 32 MB with the first large body, and a burst of large mail is then kept for good.
 */
const MEMORY = { MALLOC_MMAP_THRESHOLD_: '1048576', MALLOC_TRIM_THRESHOLD_: '4194304' } as const

/**
 * Begins this program anew with these options, as the same process (same pid, same open files, for systemd and who
 * waits for it), unless it has them. Where the system cannot do that it goes on without: slower, nothing else.
 */
export function restartWithV8Flags(): void {
  const { execArgv, execPath, argv, env } = process
  if (FLAGS.every((flag) => execArgv.includes(flag)) || process.execve === undefined) return
  try {
    process.execve(execPath, [execPath, ...FLAGS, ...execArgv, ...argv.slice(1)], { ...MEMORY, ...env })
  } catch {
    // a system without execve
  }
}
