import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toBase64url } from '#trust/bytes.ts'
import { openDeploymentKeys } from './deployment-keys.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'libral-keys-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const storageKey = new Uint8Array(32).fill(1)
const file = () => join(dir, 'deployment.keys')

describe('deployment keys', () => {
  it('are made once and come back', () => {
    const made = openDeploymentKeys(dir, storageKey, ['hub', 'events'])
    const again = openDeploymentKeys(dir, storageKey, ['hub', 'events'])
    expect(again.deployment).toBe(made.deployment)
    expect(again.log.keyId).toBe(made.log.keyId)
    expect(again.service('hub').keyId).toBe(made.service('hub').keyId)
    expect(made.service('hub').keyId).not.toBe(made.service('events').keyId)
  })
  it('gain one for a module that is new, and keep the others', () => {
    const made = openDeploymentKeys(dir, storageKey, ['hub'])
    const grown = openDeploymentKeys(dir, storageKey, ['hub', 'alerts'])
    expect(grown.service('hub').keyId).toBe(made.service('hub').keyId)
    expect(grown.service('alerts').keyId).toBeTruthy()
    expect(() => made.service('alerts')).toThrow('module.unknown')
  })
  it.runIf(process.platform !== 'win32')('lie in a file that only its owner reads', () => {
    openDeploymentKeys(dir, storageKey, ['hub'])
    expect(statSync(file()).mode & 0o777).toBe(0o600)
  })
  it('are sealed: no key stands in the file, another storage key opens nothing, damage is seen', () => {
    const { deployment } = openDeploymentKeys(dir, storageKey, ['hub'])
    const bytes = readFileSync(file())
    expect(bytes.toString('latin1')).not.toContain(deployment)
    expect(bytes.toString('latin1')).not.toContain(toBase64url(storageKey))
    expect(() => openDeploymentKeys(dir, new Uint8Array(32), ['hub'])).toThrow('storage.unreadable')
    bytes[20] = (bytes[20] ?? 0) ^ 1
    writeFileSync(file(), bytes)
    expect(() => openDeploymentKeys(dir, storageKey, ['hub'])).toThrow('storage.unreadable')
    writeFileSync(file(), '')
    expect(() => openDeploymentKeys(dir, storageKey, ['hub'])).toThrow('storage.unreadable')
  })
})
