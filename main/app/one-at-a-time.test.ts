import { expect, test } from 'vitest'
import { oneAtATime } from './one-at-a-time.ts'

test('what is asked for during a look is one more look, also after one that failed', async () => {
  const gates: PromiseWithResolvers<void>[] = []
  const ask = oneAtATime(() => {
    const gate = Promise.withResolvers<void>()
    gates.push(gate)
    return gate.promise
  })
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  for (let times = 0; times < 3; times++) ask()
  expect(gates).toHaveLength(1)
  gates[0]?.reject(new Error('no rows'))
  await settled()
  expect(gates).toHaveLength(2)
  gates[1]?.resolve()
  await settled()
  expect(gates).toHaveLength(2)
  ask()
  expect(gates).toHaveLength(3)
})
