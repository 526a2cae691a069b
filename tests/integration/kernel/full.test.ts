import { afterEach, expect, it } from 'vitest'
import { baseModules, type Deployment, newDeployment, note } from './harness.ts'
import { projectedRows, recount, servedRows, tableText } from './replay.ts'

let deployment: Deployment | undefined
afterEach(() => deployment?.remove())

it('says that the storage is full, keeps nothing of it, and goes on when there is room', async () => {
  deployment = newDeployment()
  const small = await deployment.open({ maxPages: 120 })
  const person = await small.signIn('tanaka', 'operator')
  const accepted: string[] = []
  const refused: string[] = []
  for (let nth = 0; refused.length < 20 && nth < 2_000; nth += 50) {
    const commands = Array.from({ length: 50 }, (_, at) => note(person, `${'長い文章'.repeat(200)} ${nth + at}`))
    const answers = await Promise.allSettled(commands.map((command) => small.kernel.submit(command)))
    for (const [at, answer] of answers.entries()) {
      const id = commands[at]?.statement.id ?? ''
      if (answer.status === 'fulfilled') accepted.push(id)
      else {
        expect(answer.reason.code).toBe('storage.full')
        refused.push(id)
      }
    }
  }
  expect(refused.length).toBeGreaterThan(0)
  await small.kernel.drain()

  const roomy = await deployment.open()
  const { ids, root, headRoot } = await recount(roomy)
  expect(root).toBe(headRoot)
  for (const id of accepted) expect(ids.get(id)).toBe(1)
  for (const id of refused) expect(ids.has(id)).toBe(false)
  await roomy.kernel.submit(note(person, 'room again'))
  const served = tableText(await servedRows(roomy.storage, 'events.handovers'))
  expect(served).toEqual(tableText(await projectedRows(roomy.storage, baseModules(), 'events.handovers')))
  await roomy.kernel.drain()
})
