import { expect, test } from 'vitest'
import type { DeploymentId } from '#protocol/ids.ts'
import { keyHandoverSchema } from '#protocol/log.ts'
import { toBase64url } from './bytes.ts'
import { generateSigner } from './ed25519.ts'
import { earlierKeys, handOver, isSigned } from './log-keys.ts'

const deployment = 'libral:01939f0e-0000-4000-8000-00000000f1e1' as DeploymentId
const other = 'libral:01939f0e-0000-4000-8000-00000000f1e2' as DeploymentId
const signers = Array.from({ length: 4 }, () => generateSigner())
const [a = '', b = '', c = '', d = ''] = signers.map(({ publicKey }) => toBase64url(publicKey))
const [first, second, third, stranger] = signers as [
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
]

test('leads from a key to all that gave way to it, in whatever order it is told', () => {
  const chain = [handOver(deployment, second, third), handOver(deployment, first, second)]
  expect(chain.every((one) => keyHandoverSchema.safeParse(one).success && isSigned(one))).toBe(true)
  expect(earlierKeys(deployment, c, chain)).toEqual([b, a])
  expect(earlierKeys(deployment, b, chain)).toEqual([a])
  expect(earlierKeys(deployment, a, chain)).toEqual([])
  expect(earlierKeys(deployment, d, chain)).toEqual([])
})

test('leads nowhere for another deployment, or where one of the two keys did not sign', () => {
  const good = handOver(deployment, first, second)
  expect(earlierKeys(other, b, [good])).toEqual([])
  expect(earlierKeys(other, b, [{ ...good, deployment: other }])).toEqual([])
  const forged = handOver(deployment, stranger, second)
  for (const wrong of [
    { ...forged, previous: a },
    { ...good, byPrevious: forged.byPrevious },
    { ...good, byNext: good.byPrevious },
    { ...good, logKey: d },
  ]) {
    expect(isSigned(wrong)).toBe(false)
    expect(earlierKeys(deployment, wrong.logKey, [wrong])).toEqual([])
  }
})

test('ends where keys hand over in a circle', () => {
  const circle = [
    handOver(deployment, first, second),
    handOver(deployment, second, third),
    handOver(deployment, third, first),
  ]
  expect(earlierKeys(deployment, c, circle)).toEqual([b, a])
})
