import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { isPortFree } from './free-port.ts'

test('a port is free once nobody listens on it any more', async () => {
  const holder = createServer()
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
  const bound = holder.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : expect.unreachable()
  expect(await isPortFree(port)).toBe(false)
  await new Promise((resolve) => holder.close(resolve))
  expect(await isPortFree(port)).toBe(true)
})
