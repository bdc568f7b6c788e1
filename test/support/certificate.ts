/** Certificates that servers of the tests sign themselves. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** Writes NAME.key and NAME.crt for a host into the folder, good for two days; gives back their paths. */
export function selfSigned(folder: string, host: string, name: string): { key: string; certificate: string } {
  const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)]
  const what = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`]
  const where = ['-keyout', key, '-out', certificate]
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...what, ...where],
    { stdio: 'ignore' },
  )
  return { key, certificate }
}
