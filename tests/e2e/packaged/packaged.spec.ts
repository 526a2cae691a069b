import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { extractFile, listPackage } from '@electron/asar'
import { FuseState, type FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { expect, test } from '@playwright/test'
import { fuses } from '../../../build/fuses.ts'
import { libral as runCli } from '../../fakes/libral.ts'
import { openSoftHsm, softHsmLacks } from '../../fakes/soft-hsm.ts'

// The release binary takes no inspector (a fuse), so Playwright can't drive it: it is started as a person would.
const folder = process.env['LIBRAL_PACKAGED'] ?? ''
const executable = join(folder, 'libral-control-center')
const archive = join(folder, 'resources', 'app.asar')
const flags = (process.env['LIBRAL_ELECTRON_FLAGS'] ?? '').split(' ').filter(Boolean)

test('every fuse reads back as it was set', async () => {
  const { version, resetAdHocDarwinSignature, strictlyRequireAllFuses, ...wanted } = fuses
  const wire = await getCurrentFuseWire(executable)
  expect([version, wire.version, resetAdHocDarwinSignature, strictlyRequireAllFuses]).toEqual(['1', '1', false, true])
  for (const [fuse, on] of Object.entries(wanted)) {
    const state = wire[Number(fuse) as FuseV1Options]
    expect(state, `fuse ${fuse}`).toBe(on ? FuseState.ENABLE : FuseState.DISABLE)
  }
})

test('the package holds the app and nothing of the workshop', () => {
  const files = listPackage(archive, { isPack: false })
  expect(files).toEqual(expect.arrayContaining(['/package.json', '/out/main/index.js', '/out/preload/index.cjs']))
  const top = new Set(files.map((file) => file.split('/')[1]))
  expect([...top].sort()).toEqual(['node_modules', 'out', 'package.json', 'resources'])
  const packages = new Set(files.filter((it) => it.startsWith('/node_modules/')).map((it) => it.split('/')[2]))
  // koffi's binaries are packages of their own, one for each platform.
  expect([...packages].sort()).toEqual([
    '@cedar-policy',
    '@koromix',
    'better-sqlite3-multiple-ciphers',
    'eckey-utils',
    'koffi',
    'openpgp',
  ])
  const binaries = files.filter((it) => it.startsWith('/node_modules/@koromix/') && it.endsWith('.node'))
  expect(binaries).not.toEqual([])
  for (const it of binaries) expect(it).toMatch(/^\/node_modules\/@koromix\/koffi-linux-(x64|arm64)\//)
  expect(existsSync(join(`${archive}.unpacked`, 'node_modules/openpgp/dist/node/openpgp.mjs'))).toBe(true)
  const prebuilds = files.filter((it) => it.includes('/prebuilds/'))
  expect(prebuilds).toEqual([expect.stringMatching(/\/prebuilds\/linux-(x64|arm64)\.node$/)])
  expect(existsSync(join(folder, 'resources', 'default_app.asar'))).toBe(false)
})

test('the app knows what it was built from', () => {
  const info = JSON.parse(extractFile(archive, 'out/build.json').toString()) as Record<string, unknown>
  const { version } = JSON.parse(extractFile(archive, 'package.json').toString()) as { version: string }
  expect(info).toMatchObject({ version, electronVersion: expect.stringMatching(/^\d+\.\d+\.\d+$/) })
  expect(info['official']).toBe(process.env['LIBRAL_ELECTRON_OFFICIAL'] === 'true')
  const licences = JSON.parse(extractFile(archive, 'out/licences.json').toString()) as { name: string }[]
  expect(licences.map((it) => it.name)).toEqual(expect.arrayContaining(['electron', 'zod', 'react', 'ws']))
})

test('the packaged app paints its first page and ends by itself', async () => {
  const profile = mkdtempSync(join(tmpdir(), 'libral-packaged-'))
  try {
    const args = [...flags, `--user-data-dir=${profile}`, '--exit-after-first-paint']
    const { stdout } = await promisify(execFile)(executable, args, { timeout: 120_000 })
    expect(stdout).toMatch(/^libral: first-paint \{/m)
  } finally {
    rmSync(profile, { recursive: true, force: true })
  }
})

const libral = join(folder, 'resources', 'bin', 'libral')
/** As a person calls it: with nothing of the checkout in reach. */
const runLibral = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  promisify(execFile)(libral, [...args], {
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'], ...env },
    timeout: 120_000,
  })

test('libral runs on the package’s own Node', async () => {
  const { stdout } = await runLibral(['--help'])
  expect(stdout).toContain('libral コマンド')
  for (const area of ['keys', 'card', 'backend']) expect((await runLibral([area, '--help'])).stdout).toContain('libral')
  const node = join(folder, 'resources', 'bin', 'node')
  expect((await promisify(execFile)(node, ['--version'])).stdout).toMatch(/^v24\./)
})

test('the vault, encrypted settings and Stateless OpenPGP work on the command line of the package', async () => {
  const place = mkdtempSync(join(tmpdir(), 'libral-cli-'))
  const env = { PATH: process.env['PATH'], HOME: place }
  const call = (args: readonly string[], input = '') =>
    runCli(args, { program: [libral], cwd: place, env, input, descriptors: ['a long passphrase\n'] })
  const vault = ['--user-data-dir', place, '--passphrase-fd', '3']
  try {
    expect(await call(['keys', 'init', ...vault])).toMatchObject({ code: 0 })
    const made = await call(['keys', 'create', '--name', 'P', '--email', 'p@example.org', '--json', ...vault])
    expect(JSON.parse(made.stdout)).toMatchObject({ ok: true, entry: { own: true } })
    expect((await call(['env', 'create', ...vault], 'A=packaged\n')).code).toBe(0)
    expect((await call(['env', 'run', ...vault, '--', 'printenv', 'A'])).stdout).toBe('packaged\n')
    const key = (await call(['sop', 'generate-key', 'P <p@example.org>'])).stdout
    writeFileSync(join(place, 'key'), key)
    writeFileSync(join(place, 'certificate'), (await call(['sop', 'extract-cert'], key)).stdout)
    const message = (await call(['sop', 'encrypt', '--sign-with=key', 'certificate'], 'secret')).stdout
    const checked = ['--verify-with=certificate', '--verifications-out=checked']
    expect((await call(['sop', 'decrypt', ...checked, 'key'], message)).stdout).toBe('secret')
    expect(readFileSync(join(place, 'checked'), 'utf8')).toContain('{"signers":["certificate"]}')
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
})

test('a vendor’s PKCS#11 library is loaded by the package’s own Node', async () => {
  test.skip(softHsmLacks() !== null, `no ${softHsmLacks()}`)
  const hsm = await openSoftHsm()
  try {
    const { stdout } = await runLibral(['token', 'list', '--module', hsm.module, '--json'], {
      SOFTHSM2_CONF: hsm.env['SOFTHSM2_CONF'],
    })
    const { tokens } = JSON.parse(stdout) as { readonly tokens: readonly { readonly label: string }[] }
    expect(tokens.map(({ label }) => label)).toContain(hsm.label)
  } finally {
    hsm.remove()
  }
})
