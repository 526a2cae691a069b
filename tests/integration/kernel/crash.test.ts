import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import type { SignedCommand } from '#protocol/command.ts'
import { acknowledgeEvents } from '#protocol/events.ts'
import { baseModules, type Deployment, newDeployment, note, type Person } from './harness.ts'
import { projectedRows, recount, servedRows, tableText } from './replay.ts'
import { randomFrom, seedOf } from './seed.ts'

const child = fileURLToPath(new URL('./child.ts', import.meta.url))
const rounds = 4
const commandsARound = 400

let deployment: Deployment | undefined
afterEach(() => deployment?.remove())

/** Feeds the commands to a kernel of its own and kills it after a random number of acknowledgements. */
const runAndKill = (
  dir: string,
  commands: readonly SignedCommand[],
  killAfter: number,
  acknowledged: Map<string, number>,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const running: ChildProcess = spawn(process.execPath, [child, dir], { stdio: ['pipe', 'pipe', 'inherit'] })
    let acks = 0
    if (!running.stdout) throw new Error('no pipe')
    createInterface({ input: running.stdout }).on('line', (line) => {
      const [word, id = '', index] = line.split(' ')
      if (word === 'ready') {
        for (const command of commands) running.stdin?.write(`${JSON.stringify(command)}\n`)
      }
      if (word === 'refused') reject(new Error(line))
      if (word !== 'ack') return
      acknowledged.set(id, Number(index))
      if (++acks === killAfter) running.kill('SIGKILL')
    })
    running.stdin?.on('error', () => undefined)
    running.on('exit', () => resolve())
  })

const commandsOf = (person: Person, round: number): SignedCommand[] =>
  Array.from({ length: commandsARound }, (_, nth) => note(person, `round ${round}, note ${nth}`))

it('loses nothing and doubles nothing when killed at any moment', async () => {
  const seed = seedOf('crash')
  const random = randomFrom(seed)
  deployment = newDeployment()
  const first = await deployment.open()
  const person = await first.signIn('tanaka', 'operator')
  await first.kernel.drain()

  const acknowledged = new Map<string, number>()
  const sent: SignedCommand[] = []
  for (let round = 0; round < rounds; round++) {
    const commands = commandsOf(person, round)
    sent.push(...commands)
    // Those of the round before come again: the sender can't know which of them arrived.
    const again = sent.slice(-2 * commandsARound, -commandsARound)
    await runAndKill(deployment.dir, [...again, ...commands], 1 + Math.floor(random() * commandsARound), acknowledged)
  }

  const last = await deployment.open()
  await last.kernel
    .submit(person.sign(acknowledgeEvents, { keys: await openKeys(last.storage), note: '' }))
    .catch(() => 0)
  const { ids, root, headRoot, size, leaves } = await recount(last)
  expect(leaves).toBe(size)
  expect(root).toBe(headRoot)
  expect([...ids.values()].every((count) => count === 1)).toBe(true)
  for (const id of acknowledged.keys()) expect(ids.get(id)).toBe(1)
  for (const collection of ['events', 'events.handovers', 'session.sessions', 'session.operators', 'log.services']) {
    const served = tableText(await servedRows(last.storage, collection))
    expect(served).toEqual(tableText(await projectedRows(last.storage, baseModules(), collection)))
  }
  // Sent once more, every command has its one outcome.
  for (const command of sent.slice(0, 50)) {
    const { index } = await last.kernel.submit(command)
    expect(acknowledged.get(command.statement.id) ?? index).toBe(index)
  }
  await last.kernel.drain()
})

const openKeys = async (storage: Parameters<typeof servedRows>[0]): Promise<string[]> =>
  [...(await servedRows(storage, 'events')).keys()].slice(0, 3)
