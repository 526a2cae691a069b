import { afterEach, describe, expect, it } from 'vitest'
import { startBackend } from '#backend/host.ts'
import { type Deployment, newDeployment, note } from './harness.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

describe('a build with more modules than the log knows', () => {
  let deployment: Deployment
  afterEach(() => deployment.remove())

  it('starts them once their collections are filled', async () => {
    deployment = newDeployment()
    const { kernel, signIn } = await deployment.open()
    const person = await signIn('tanaka', 'operator')
    for (let nth = 0; nth < 600; nth++) await kernel.submit(note(person, `${nth}`))
    await kernel.drain()

    const backend = await startBackend({
      directory: deployment.dir,
      storageKey: deployment.storageKey,
      mode: 'embedded',
      listen: [],
      launchSecret: 'a secret of this launch',
      log: silent,
    })
    expect(backend.deployment).toMatch(/^libral:/)
    await backend.stop()
  })
})
