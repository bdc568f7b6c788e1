/** The files by which dpkg knows a package. Pure but for reading what is hashed. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Control {
  readonly name: string
  readonly version: string
  readonly architecture: string
  /** `Name <address>`. */
  readonly maintainer: string
  /** Installed size, KiB. */
  readonly kilobytes: number
}

export function controlFile({ name, version, architecture, maintainer, kilobytes }: Control): string {
  return `Package: ${name}
Version: ${version}
Architecture: ${architecture}
Maintainer: ${maintainer}
Installed-Size: ${kilobytes}
Depends: libc6 (>= 2.28), libstdc++6 (>= 8), init-system-helpers (>= 1.54), adduser
Recommends: iproute2, postfix | sendmail-bin
Suggests: dovecot-sieve, clamav-daemon, unbound
Section: mail
Priority: optional
Description: spam filter for Postfix and Sendmail (milter)
 Hamlet is put in front of an MTA with one line of its configuration. It
 speaks SpamAssassin's rule language, has a Bayes classifier in an SQLite
 file, asks DNS blacklists, SPF, DKIM and DMARC, limits clients, greylists,
 and says in the journal, in the headers and by one command why a mail was
 refused or marked.
 .
 No other server is needed; the Node runtime it needs comes with the package.
`
}

/** The history as Debian's tools read it: one entry, which points to ours. `date` in seconds since the epoch. */
export function debianChangelog(
  { name, version, maintainer }: Omit<Control, 'kilobytes'>,
  date: number,
): string {
  const when = new Date(date * 1000).toUTCString().replace('GMT', '+0000')
  return `${name} (${version}) stable; urgency=medium\n\n  * What users notice: CHANGELOG.md beside this file.\n\n -- ${maintainer}  ${when}\n`
}

/** Everything below /etc is the administrator's. */
export function conffiles(files: readonly string[]): string {
  return files
    .filter((file) => file.startsWith('etc/'))
    .map((file) => `/${file}\n`)
    .join('')
}

export function md5sums(root: string, files: readonly string[]): string {
  return files
    .filter((file) => !file.startsWith('DEBIAN/') && !file.startsWith('etc/'))
    .map(
      (file) =>
        `${createHash('md5')
          .update(readFileSync(join(root, file)))
          .digest('hex')}  ${file}\n`,
    )
    .join('')
}
