import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Outcome, SignedCommand } from '#protocol/command.ts'
import { type Failure, LibralError } from '#protocol/errors.ts'
import type { InstancePlace } from './team.ts'

const program = fileURLToPath(new URL('./instance.ts', import.meta.url))
/** A client's patience: a paused process answers nothing. */
const patienceMs = 4_000

interface Answer {
  readonly nth?: number
  readonly outcome?: Outcome
  readonly failure?: Failure
}

/** An instance that a test kills, pauses and starts again. */
export interface InstanceProcess {
  start(): Promise<void>
  /** @throws LibralError of the instance, or `link.offline`, `link.time-out` */
  submit(command: SignedCommand): Promise<Outcome>
  kill(): Promise<void>
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
}

export const instanceProcess = (place: InstancePlace): InstanceProcess => {
  let child: ChildProcess | undefined
  let count = 0
  const waiting = new Map<number, (answer: Answer) => void>()
  const hear = (answer: Answer): void => {
    if (answer.nth !== undefined) waiting.get(answer.nth)?.(answer)
  }
  return {
    start: async () => {
      const started = fork(program, [JSON.stringify(place)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      child = started
      const ended = once(started, 'exit').then(() => {
        throw new Error('the instance ended before it was ready')
      })
      await Promise.race([once(started, 'message'), ended])
      ended.catch(() => undefined)
      started.on('message', hear)
    },
    submit: (command) =>
      new Promise((resolve, reject) => {
        const nth = count++
        const settle = ({ outcome, failure }: Answer): void => {
          waiting.delete(nth)
          clearTimeout(late)
          if (outcome) resolve(outcome)
          else reject(failure ? new LibralError(failure.code, failure.params) : new LibralError('link.offline'))
        }
        const late = setTimeout(() => {
          waiting.delete(nth)
          reject(new LibralError('link.time-out'))
        }, patienceMs)
        waiting.set(nth, settle)
        if (child?.connected) child.send({ nth, command }, (failed) => failed && settle({}))
        else settle({})
      }),
    kill: async () => {
      const running = child
      child = undefined
      if (!running || running.exitCode !== null || running.signalCode !== null) return
      running.kill('SIGKILL')
      await once(running, 'exit')
      for (const settle of [...waiting.values()]) settle({})
    },
    signal: (name) => void child?.kill(name),
  }
}
