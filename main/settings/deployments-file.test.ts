import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDeploymentsFile, type RemoteEntry } from './deployments-file.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'df-'))
  path = join(folder, 'deployments.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const key = '0193a1b2-0000-7000-8000-000000000001'
const entry = {
  key,
  name: '東京本番',
  colour: 'red',
  addresses: [{ url: 'wss://core.example:5000', certificate: null }],
  identity: { deployment: `libral:${key}`, logKey: 'A'.repeat(43) },
} as unknown as RemoteEntry

test('what is kept is there at the next start', async () => {
  const file = openDeploymentsFile(path)
  await file.change({ remotes: [entry], shown: key })
  expect(openDeploymentsFile(path).current()).toEqual({
    shown: key,
    embedded: { name: null, colour: 'grey' },
    remotes: [{ ...entry, operatorKey: null }],
  })
})

test('an entry that can not be read is left out, and what is shown then is the embedded one', async () => {
  const broken = { ...entry, addresses: [{ url: 'ws://core.example:5000', certificate: null }] }
  writeFileSync(
    path,
    JSON.stringify({ v: 1, shown: key, embedded: { name: '本社', colour: 'blue' }, remotes: [broken] }),
  )
  expect(openDeploymentsFile(path).current()).toEqual({
    shown: 'local',
    embedded: { name: '本社', colour: 'blue' },
    remotes: [],
  })
  writeFileSync(path, 'no JSON')
  expect(openDeploymentsFile(path).current().remotes).toEqual([])
})
