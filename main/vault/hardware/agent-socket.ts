import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { LibralError } from '#protocol/errors.ts'
import { Assuan } from './assuan.ts'

const execute = promisify(execFile)
const patienceMs = 10_000

export interface AgentOptions {
  /** GnuPG's home; left out: the user's own. */
  readonly home?: string
  /** false leaves a gpg-agent that does not run alone. */
  readonly launch?: boolean
}

/** @throws LibralError `hardware.no-daemon` where GnuPG is not installed */
const gpgconf = async (options: AgentOptions, args: readonly string[]): Promise<string> => {
  const where = options.home === undefined ? [] : ['--homedir', options.home]
  try {
    const { stdout } = await execute('gpgconf', [...where, ...args], { timeout: patienceMs })
    return stdout.trim()
  } catch (cause) {
    throw new LibralError('hardware.no-daemon', {}, { cause })
  }
}

/** Connects to gpg-agent, starting it where it does not run. One connection per use: what is set on it is its own. */
export const openAgent = async (options: AgentOptions = {}): Promise<Assuan> => {
  // gpgconf escapes `%` and `:` in paths.
  const path = decodeURIComponent(await gpgconf(options, ['--list-dirs', 'agent-socket']))
  try {
    return await Assuan.open(path)
  } catch (failure) {
    if (options.launch === false) throw failure
    await gpgconf(options, ['--launch', 'gpg-agent'])
    return Assuan.open(path)
  }
}

/** Uses a connection of its own for one piece of work. */
export const withAgent = async <T>(options: AgentOptions, work: (agent: Assuan) => Promise<T>): Promise<T> => {
  const agent = await openAgent(options)
  try {
    return await work(agent)
  } finally {
    agent.close()
  }
}
