import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findAccount } from './account.mjs'
import { fingerprint } from './bundle.mjs'
import { differences } from './dependencies.mjs'
import { xauthority } from './display.mjs'
import { worthTrying } from './electron.mjs'
import { verifyFile } from './electron-fallback.mjs'
import { missingLibraries, packageNames } from './libraries.mjs'
import { mirror } from './mirror.mjs'
import { chooseNode } from './node24.mjs'
import { newestFirst } from './servers.mjs'
import { lookBesideItself } from './unpacked.mjs'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'libral-setup-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('dependencies', () => {
  const locked = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/a/node_modules/@b/c': { version: '2.0.0' },
    'node_modules/for-windows': { version: '3.0.0', optional: true },
  }

  test('match when only optional packages are absent', () => {
    const { 'node_modules/for-windows': _, ...installed } = locked
    expect(differences(locked, installed)).toEqual([])
  })

  test('differ when one is absent, or another version', () => {
    expect(differences(locked, { 'node_modules/a': { version: '1.0.1' } })).toEqual(['a', '@b/c'])
    expect(differences(locked, { ...locked, 'node_modules/for-windows': { version: '2.9.0' } })).toEqual([
      'for-windows',
    ])
  })
})

describe('the choice of Node', () => {
  const running = (version: string) => ({ path: '/usr/bin/node', version })

  test('prefers the one of the lock, else takes a running one that is new enough', () => {
    expect(chooseNode({ locked: '/n24', running: running('26.0.0') })).toBe('/n24')
    expect(chooseNode({ locked: undefined, running: running('24.0.0') })).toBe('/usr/bin/node')
  })

  test('refuses an old one and says what to do', () => {
    const choose = () => chooseNode({ locked: undefined, running: running('20.19.0') })
    expect(choose).toThrow(expect.objectContaining({ advice: expect.stringContaining('Node 24') }))
  })
})

describe('the official Electron', () => {
  const atMs = 1_700_000_000_000
  const hour = 3_600_000

  test('is not tried again within a day after it failed', () => {
    expect(worthTrying({ version: '45.4.1', atMs }, '45.4.1', atMs + 23 * hour)).toBe(false)
    expect(worthTrying({ version: '45.4.1', atMs }, '45.4.1', atMs + 24 * hour)).toBe(true)
  })

  test.each([
    ['nothing remembered', undefined],
    ['another version', { version: '45.4.0', atMs }],
    ['a time to come', { version: '45.4.1', atMs: atMs + hour }],
    ['nonsense', 'x'],
  ])('is tried: %s', (_, remembered) => {
    expect(worthTrying(remembered, '45.4.1', atMs)).toBe(true)
  })
})

test('a binary with another sum is refused, the right one passes', async () => {
  const file = join(folder, 'electron')
  writeFileSync(file, 'abc')
  const sum = { algorithm: 'sha256', encoding: 'hex' } as const
  const right = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  await expect(verifyFile(file, { ...sum, expected: right })).resolves.toBeUndefined()
  writeFileSync(file, 'abd')
  await expect(verifyFile(file, { ...sum, expected: right })).rejects.toThrow('not the file that was verified')
})

describe('libraries', () => {
  test('reads what ldd misses', () => {
    const text = '\tlibc.so.6 => /lib/libc.so.6 (0x7f)\n\tlibgtk-3.so.0 => not found\n\tlibgbm.so.1 => not found\n'
    expect(missingLibraries(text)).toEqual(['libgtk-3.so.0', 'libgbm.so.1'])
    expect(missingLibraries('\tstatically linked\n')).toEqual([])
  })

  test('takes the newest name that apt knows', () => {
    const wanted = [['libgtk-3-0', 'libgtk-3-0t64'], ['libnss3']]
    expect(packageNames(wanted, new Set(['libgtk-3-0', 'libnss3']))).toEqual(['libgtk-3-0', 'libnss3'])
    expect(packageNames(wanted, new Set(['libgtk-3-0', 'libgtk-3-0t64']))).toEqual(['libgtk-3-0t64', 'libnss3'])
    expect(packageNames(wanted, new Set())).toEqual(['libgtk-3-0', 'libnss3'])
  })

  test('the unpacked Xvfb keeps its length and finds xkbcomp beside itself', () => {
    const binary = Buffer.from('head\0/usr/bin/x\0/usr/bin\0/usr/share\0tail')
    expect(lookBesideItself(binary).toString()).toBe('head\0/usr/bin/x\0.\0\0\0\0\0\0\0\0/usr/share\0tail')
    expect(lookBesideItself(Buffer.from('none')).toString()).toBe('none')
  })
})

test('an Xauthority holds one wild-card cookie', () => {
  const name = 'MIT-MAGIC-COOKIE-1'
  const expected = `ffff00000000${'0012'}${Buffer.from(name).toString('hex')}0010${'07'.repeat(16)}`
  expect(xauthority(new Uint8Array(16).fill(7)).toString('hex')).toBe(expected)
})

test('finds an account by its whole name', () => {
  const passwd =
    'root:x:0:0:root:/root:/bin/sh\nlibral-dev2:x:7:7::/x:/y\nlibral-dev:x:999:998::/var/lib/libral-dev:/z\n'
  expect(findAccount(passwd, 'libral-dev')).toEqual({
    name: 'libral-dev',
    uid: 999,
    gid: 998,
    home: '/var/lib/libral-dev',
  })
  expect(findAccount(passwd, 'libral')).toBeUndefined()
})

test('the fingerprint of sources sees names, contents and their border', () => {
  const of = (name: string, text: string) => fingerprint([[name, Buffer.from(text)]])
  const all = [of('a', 'bc'), of('ab', 'c'), of('a', 'bd'), fingerprint([])]
  expect(new Set(all).size).toBe(4)
  expect(of('a', 'bc')).toBe(all[0])
})

describe('the mirrored copy', () => {
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const put = (path: string, text: string) => {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const copy = () => {
    mkdirSync(join(folder, 'to'), { recursive: true })
    mirror({ from: join(folder, 'from'), to: join(folder, 'to'), names: ['src', 'one.txt'], owner })
  }

  test('follows changes and removals and leaves the unchanged alone', () => {
    put('from/one.txt', '1')
    put('from/src/kept.ts', 'kept')
    put('from/src/gone/x.ts', 'x')
    copy()
    const before = statSync(join(folder, 'to/src/kept.ts')).ino
    rmSync(join(folder, 'from/src/gone'), { recursive: true })
    put('from/one.txt', '22')
    copy()
    expect(readFileSync(join(folder, 'to/one.txt'), 'utf8')).toBe('22')
    expect(() => statSync(join(folder, 'to/src/gone'))).toThrow('ENOENT')
    expect(statSync(join(folder, 'to/src/kept.ts')).ino).toBe(before)
  })
})

test('of several PostgreSQL versions the newest is taken first, by number', () => {
  expect(newestFirst(['9', '15', 'common', '17'])).toEqual(['17', '15', '9'])
})
