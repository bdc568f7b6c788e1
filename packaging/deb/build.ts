/**
 * `npm run -s package:deb [-- OUT]`: hamlet-milter_VERSION_ARCH.deb with its own Node runtime. Asks the npm registry (or
 * npm's cache) for the packages of the runtime and runs dpkg-deb; needs no root.
 */
import { execFileSync } from 'node:child_process'
import {
  chmodSync, cpSync, existsSync, globSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync,
} from 'node:fs' // prettier-ignore
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { completionScript, SHELLS } from '../../lib/cli/completion/scripts.ts'
import { manPages } from '../man/pages.ts'
import { conffiles, controlFile, debianChangelog, md5sums, type Control } from './control.ts'
import { pruneModules } from './prune.ts'

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const FILES = join(ROOT, 'packaging/deb/files')
const PACKAGE = 'hamlet-milter'
/** As Debian's own tools take it from the environment. */
const MAINTAINER = `${process.env['DEBFULLNAME'] ?? 'Hamlet'} <${process.env['DEBEMAIL'] ?? 'hamlet@packages.invalid'}>`

const run = (
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
) =>
  execFileSync(program, [...args], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  }).trim()

/** Puts a file into the tree, with its folders. */
class Tree {
  readonly root: string
  constructor(root: string) {
    this.root = root
  }
  file(path: string, content: string | Uint8Array, mode = 0o644): void {
    const target = join(this.root, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, content)
    chmodSync(target, mode)
  }
  copy(source: string, path: string, mode = 0o644): void {
    this.file(path, readFileSync(source), mode)
  }
  folder(source: string, path: string): void {
    cpSync(source, join(this.root, path), { recursive: true, dereference: true })
  }
}

/** The time of the commit, so that the same commit gives the same package. */
function sourceDate(): number {
  const given = Number(process.env['SOURCE_DATE_EPOCH'] ?? Number.NaN)
  if (Number.isFinite(given)) return given
  return Number(run('git', ['log', '-1', '--format=%ct']))
}

/** A release is a commit with the tag of its version; all others sort before it. */
function packageVersion(version: string): string {
  const tags = run('git', ['tag', '--points-at', 'HEAD']).split('\n')
  return tags.includes(`v${version}`)
    ? version
    : `${version}~git${run('git', ['rev-list', '--count', 'HEAD'])}`
}

type Identity = Omit<Control, 'kilobytes'>

async function build(out: string): Promise<string> {
  const manifest: { readonly version: string } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const version = packageVersion(manifest.version)
  const architecture = run('dpkg', ['--print-architecture'])
  const identity: Identity = { name: PACKAGE, version, architecture, maintainer: MAINTAINER }
  const epoch = sourceDate()
  const work = mkdtempSync(join(tmpdir(), 'hamlet-deb-'))
  try {
    const tree = new Tree(join(work, 'tree'))
    program(tree, work)
    system(tree)
    await documentation(tree, identity, epoch)
    control(tree, identity)
    permissions(tree.root)
    const deb = join(out, `${PACKAGE}_${version}_${architecture}.deb`)
    mkdirSync(out, { recursive: true })
    run('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', tree.root, deb], {
      env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch) },
    })
    return deb
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** /usr/lib/hamlet: the build, its rules, the packages it needs, and the runtime. */
function program(tree: Tree, work: string): void {
  run('npm', ['run', '-s', 'build'])
  const modules = join(work, 'modules')
  mkdirSync(modules)
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(ROOT, file), join(modules, file))
  run(
    'npm',
    ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--silent'],
    { cwd: modules },
  )
  pruneModules(join(modules, 'node_modules'))
  const home = 'usr/lib/hamlet'
  for (const folder of ['bin', 'dist', 'rules', 'bayes-data'])
    tree.folder(join(ROOT, folder), `${home}/${folder}`)
  for (const file of globSync('**/*.{d.ts,map}', { cwd: join(tree.root, home, 'dist') }))
    rmSync(join(tree.root, home, 'dist', file))
  rmSync(join(tree.root, home, 'dist/man'), { recursive: true, force: true })
  tree.copy(join(ROOT, 'package.json'), `${home}/package.json`)
  tree.folder(join(modules, 'node_modules'), `${home}/node_modules`)
  tree.copy(join(ROOT, 'node_modules/node/bin/node'), `${home}/node`, 0o755)
  // it is started by /usr/bin/hamlet with its own runtime, never by what `env node` finds
  const start = join(tree.root, home, 'bin/hamlet.mjs')
  writeFileSync(start, readFileSync(start, 'utf8').replace(/^#!.*\n/, ''))
  const natives = globSync('node_modules/**/*.node', { cwd: join(tree.root, home) })
  for (const binary of ['node', ...natives]) run('strip', ['--strip-unneeded', join(tree.root, home, binary)])
  tree.copy(join(FILES, 'hamlet'), 'usr/bin/hamlet', 0o755)
}

/** Units, accounts, configuration, profiles. */
function system(tree: Tree): void {
  const units = 'usr/lib/systemd/system'
  for (const unit of ['hamlet.service', 'hamlet.socket'])
    tree.copy(join(ROOT, 'systemd', unit), `${units}/${unit}`)
  for (const unit of ['hamlet-learn.service', 'hamlet-learn.path'])
    tree.copy(join(ROOT, 'dovecot', unit), `${units}/${unit}`)
  tree.copy(join(ROOT, 'systemd/hamlet.sysusers'), 'usr/lib/sysusers.d/hamlet.conf')
  tree.copy(join(ROOT, 'systemd/hamlet.tmpfiles'), 'usr/lib/tmpfiles.d/hamlet.conf')
  tree.copy(join(ROOT, 'dovecot/hamlet-learn.tmpfiles'), 'usr/lib/tmpfiles.d/hamlet-learn.conf')
  tree.copy(join(ROOT, 'dovecot/hamlet-learn'), 'usr/lib/hamlet/dovecot/hamlet-learn', 0o755)
  for (const file of globSync('*.sieve', { cwd: join(ROOT, 'dovecot') }))
    tree.copy(join(ROOT, 'dovecot', file), `usr/lib/hamlet/dovecot/${file}`)
  tree.copy(join(ROOT, 'dovecot/90-hamlet.conf'), `usr/share/doc/${PACKAGE}/examples/dovecot-90-hamlet.conf`)
  tree.copy(join(ROOT, 'systemd/hamlet.yaml'), 'etc/hamlet/hamlet.yaml')
  tree.copy(join(FILES, 'rules-readme'), 'etc/hamlet/rules/README')
  tree.copy(join(FILES, 'logcheck'), 'etc/logcheck/ignore.d.server/hamlet')
  tree.copy(join(FILES, 'apparmor'), 'etc/apparmor.d/usr.lib.hamlet')
}

async function documentation(tree: Tree, identity: Identity, epoch: number): Promise<void> {
  const doc = `usr/share/doc/${PACKAGE}`
  const packed = (text: string): Uint8Array => gzipSync(text, { level: 9 })
  for (const page of ['README.md', 'CHANGELOG.md']) tree.copy(join(ROOT, page), `${doc}/${page}`)
  for (const page of globSync('docs/*.md', { cwd: ROOT })) tree.copy(join(ROOT, page), `${doc}/${page}`)
  tree.copy(join(FILES, 'copyright'), `${doc}/copyright`)
  tree.file(`${doc}/changelog.gz`, packed(debianChangelog(identity, epoch)))
  tree.file(`${doc}/licences`, licences(join(tree.root, 'usr/lib/hamlet/node_modules')))
  for (const { file, text } of await manPages(new Date(epoch * 1000)))
    tree.file(`usr/share/man/man${file.slice(-1)}/${file}.gz`, packed(text))
  const places = {
    bash: 'bash-completion/completions/hamlet',
    zsh: 'zsh/vendor-completions/_hamlet',
    fish: 'fish/vendor_completions.d/hamlet.fish',
  }
  for (const shell of SHELLS) tree.file(`usr/share/${places[shell]}`, await completionScript(shell))
  tree.copy(join(FILES, 'lintian-overrides'), `usr/share/lintian/overrides/${PACKAGE}`)
}

/** A line for each package that comes along: name, version, licence. */
function licences(modules: string): string {
  return globSync('{*,@*/*}/package.json', { cwd: modules })
    .map((file): { name?: string; version?: string; license?: string } =>
      JSON.parse(readFileSync(join(modules, file), 'utf8')),
    )
    .map(({ name, version, license }) => `${name} ${version}: ${license ?? 'see its folder'}\n`)
    .toSorted()
    .join('')
}

function control(tree: Tree, identity: Identity): void {
  const files = listed(tree.root)
  const sizes = files.map((file) => Math.ceil(lstatSync(join(tree.root, file)).size / 1024))
  const kilobytes = sizes.reduce((sum, size) => sum + size, 0)
  tree.file('DEBIAN/control', controlFile({ ...identity, kilobytes }))
  tree.file('DEBIAN/conffiles', conffiles(files))
  tree.file('DEBIAN/md5sums', md5sums(tree.root, files))
  for (const script of ['postinst', 'prerm', 'postrm'])
    tree.copy(join(FILES, script), `DEBIAN/${script}`, 0o755)
}

const listed = (root: string): readonly string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted()

/** As a package has them, whatever the umask was: 0755 folders, 0644 files, programs executable. */
function permissions(root: string): void {
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) chmodSync(path, 0o755)
    else if (!isProgram(relative(root, path))) chmodSync(path, 0o644)
  }
  chmodSync(root, 0o755)
}

const isProgram = (path: string): boolean =>
  /^(?:DEBIAN\/(?:pre|post)\w+|usr\/bin\/hamlet|usr\/lib\/hamlet\/(?:node|dovecot\/hamlet-learn))$/.test(path)

if (!existsSync(join(ROOT, '.git'))) throw new Error('packages are built from a checkout')
const [out = join(ROOT, 'dist/deb')] = process.argv.slice(2)
process.stdout.write(`${await build(out)}\n`)
