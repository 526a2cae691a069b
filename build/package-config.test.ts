import { FuseV1Options } from '@electron/fuses'
import { expect, test } from 'vitest'
import { fuses } from './fuses.ts'
import { packageConfig, targetsOf } from './package-config.ts'

const runtime = { path: '/e', version: '42.0.0', official: false }

test('version and place of Electron come from the same runtime', () => {
  expect(packageConfig(runtime, [])).toMatchObject({ electronVersion: '42.0.0', electronDist: '/e' })
})

test('what is built on another than the official Electron says so in its name and its folder', () => {
  const config = packageConfig(runtime, [])
  expect(config.artifactName).toContain('-unofficial-dev.')
  expect(config.directories?.output).toBe('release/unofficial-dev')
  const official = packageConfig({ ...runtime, official: true }, [])
  expect(official.artifactName).not.toContain('unofficial')
  expect(official.directories?.output).toBe('release')
})

test('no fuse is left to its default', () => {
  const known = Object.values(FuseV1Options).filter((it) => typeof it === 'number')
  expect(known.filter((fuse) => typeof fuses[fuse] !== 'boolean')).toEqual([])
  expect(fuses.strictlyRequireAllFuses).toBe(true)
})

test('without words the targets are those that a bare Debian can make', () => {
  expect(targetsOf(['AppImage'])).toEqual(['AppImage'])
  if (process.platform === 'linux') expect(targetsOf([])).toEqual(['dir', 'tar.gz'])
})

test('what the package’s own Node runs lies outside the archive, and that Node beside it', () => {
  const config = packageConfig(runtime, ['libral.js', 'chunks/a.js'])
  expect(config.asarUnpack).toEqual(
    expect.arrayContaining(['package.json', 'out/main/libral.js', 'out/main/chunks/a.js']),
  )
  expect(config.linux?.extraResources).toContainEqual({ from: expect.stringContaining('bin/node'), to: 'bin/node' })
})
