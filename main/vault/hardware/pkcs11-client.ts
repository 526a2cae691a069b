import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { type ErrorCode, LibralError } from '#protocol/errors.ts'
import { FrameReader, writeFrame } from './pkcs11-frame.ts'
import { ckr } from './pkcs11-numbers.ts'
import { responseSchema, type TokenRequest } from './pkcs11-protocol.ts'

export interface Pkcs11Options {
  /** The vendor's shared library. */
  readonly module: string
  /** A Node program and pkcs11-process; left out: this very Node and the file beside this one. */
  readonly command?: readonly [node: string, script: string]
  /** Above it the library counts as hung and its process is ended. */
  readonly timeoutMs?: number
  readonly env?: NodeJS.ProcessEnv
}

export interface TokenAnswer {
  readonly result: unknown
  readonly body: Buffer
}

const meanings: Readonly<Record<number, ErrorCode>> = {
  [ckr.slotInvalid]: 'hardware.token-missing',
  [ckr.deviceRemoved]: 'hardware.unplugged',
  [ckr.functionCanceled]: 'hardware.cancelled',
  [ckr.keyTypeInconsistent]: 'hardware.unsupported',
  [ckr.keyFunctionNotPermitted]: 'hardware.unsupported',
  [ckr.mechanismInvalid]: 'hardware.unsupported',
  [ckr.pinIncorrect]: 'hardware.pin-wrong',
  [ckr.pinLength]: 'hardware.pin-length',
  [ckr.pinLocked]: 'hardware.pin-blocked',
  [ckr.notLoggedIn]: 'hardware.token-login-lost',
  [ckr.sessionClosed]: 'hardware.token-login-lost',
  [ckr.sessionInvalid]: 'hardware.token-login-lost',
  [ckr.tokenNotPresent]: 'hardware.token-missing',
  [ckr.tokenNotRecognized]: 'hardware.token-missing',
}

interface Waiting {
  readonly resolve: (answer: TokenAnswer) => void
  readonly reject: (failure: Error) => void
}

/** A network HSM may take a while, and RSA keys of 4,096 bits minutes. */
const patienceMs = ({ op }: TokenRequest): number =>
  ({ tokens: 15_000, generate: 5 * 60_000 })[op as 'tokens'] ?? 60_000

/**
 * A PKCS#11 library in a process of its own. A crash or a hang is a failure of the request at hand
 * (`hardware.module-crashed`, `hardware.module-hung`); the next request starts a new process, logged in nowhere.
 */
export class Pkcs11Client {
  readonly #options: Pkcs11Options
  #child: ChildProcess | undefined
  #waiting: Waiting | undefined
  #queue: Promise<unknown> = Promise.resolve()
  /** Tokens that know us in the running process: a new one starts as nobody. */
  readonly loggedIn = new Set<string>()

  constructor(options: Pkcs11Options) {
    this.#options = options
  }

  /** Of the running process; undefined before the first request and after its end. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** @param body is overwritten once it is sent */
  request(request: TokenRequest, body: Uint8Array = Buffer.alloc(0)): Promise<TokenAnswer> {
    const sent = this.#queue.then(() => this.#send(request, body))
    this.#queue = sent.catch(() => undefined)
    return sent
  }

  /** Ends the process and with it every login. */
  async stop(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  #send(request: TokenRequest, body: Uint8Array): Promise<TokenAnswer> {
    return new Promise<TokenAnswer>((resolve, reject) => {
      const child = this.#running()
      const timer = setTimeout(() => {
        this.#drop(child)
        this.#fail(new LibralError('hardware.module-hung'))
        child.kill('SIGKILL')
      }, this.#options.timeoutMs ?? patienceMs(request))
      const settled =
        <T>(then: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(timer)
          this.#waiting = undefined
          then(value)
        }
      this.#waiting = { resolve: settled(resolve), reject: settled(reject) }
      const frame = writeFrame(request, body)
      body.fill(0)
      channelOf(child).write(frame, () => frame.fill(0))
    })
  }

  #running(): ChildProcess {
    if (this.#child !== undefined) return this.#child
    const { module, command, env } = this.#options
    const [node, script] = command ?? [process.execPath, `${import.meta.dirname}/pkcs11-process.ts`]
    const child = spawn(node, [script, module], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      env: env ?? process.env,
    })
    const reader = new FrameReader()
    const channel = channelOf(child)
    channel.on('data', (chunk: Buffer) => this.#receive(reader, chunk))
    channel.on('error', () => undefined)
    const ended = (): void => {
      if (this.#child !== child) return
      this.#drop(child)
      this.#fail(new LibralError('hardware.module-crashed'))
    }
    child.on('error', ended)
    child.on('exit', ended)
    this.#child = child
    return child
  }

  #drop(child: ChildProcess): void {
    if (this.#child !== child) return
    this.#child = undefined
    this.loggedIn.clear()
  }

  #receive(reader: FrameReader, chunk: Buffer): void {
    try {
      for (const { head, body } of reader.push(chunk)) {
        const failure = failureIn(head)
        if (failure === null) this.#waiting?.resolve({ result: (head as { result: unknown }).result, body })
        else this.#fail(failure)
      }
    } catch {
      this.#child?.kill('SIGKILL')
    }
  }

  #fail(failure: Error): void {
    this.#waiting?.reject(failure)
  }
}

const channelOf = (child: ChildProcess): Duplex => child.stdio[3] as Duplex

const failureIn = (head: unknown): Error | null => {
  const response = responseSchema.parse(head)
  switch (response.outcome) {
    case 'done':
      return null
    case 'missing':
      return new LibralError('hardware.key-missing')
    case 'unloadable':
      return new LibralError('hardware.module-missing')
    case 'refused': {
      const known = meanings[response.value]
      if (known !== undefined) return new LibralError(known)
      return new LibralError('hardware.token-failed', { cause: response.value.toString(16) })
    }
  }
}
