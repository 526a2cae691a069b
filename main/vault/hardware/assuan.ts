import { connect, type Socket } from 'node:net'
import { LibralError } from '#protocol/errors.ts'
import { type AssuanAddress, readAddress } from './assuan-address.ts'
import { dataLines, LineReader, parseLine } from './assuan-codec.ts'
import { failureOfAssuan } from './assuan-failure.ts'

/** Answers an INQUIRE; null cancels the command. What it returns is overwritten once it is sent. */
export type Inquire = (keyword: string, rest: string) => Promise<Uint8Array | null> | Uint8Array | null

export interface CommandOptions {
  readonly inquire?: Inquire
  readonly onStatus?: (keyword: string, rest: string) => void
  /** Ends the connection when the whole command takes longer; asking a person counts as well. */
  readonly timeoutMs?: number
}

/** What a command answered besides OK. */
export interface Answer {
  readonly data: Buffer
  readonly statuses: readonly { readonly keyword: string; readonly rest: string }[]
}

interface Pending {
  readonly options: CommandOptions
  readonly data: Buffer[]
  readonly statuses: { keyword: string; rest: string }[]
  readonly resolve: (answer: Answer) => void
  readonly reject: (failure: unknown) => void
  timer?: NodeJS.Timeout
}

const defaultTimeoutMs = 15_000

/**
 * A client's side of the Assuan protocol (libassuan manual, "Assuan"), over one connection. One command at a time:
 * further ones wait. Errors are LibralErrors of the group `hardware`.
 */
export class Assuan {
  readonly #socket: Socket
  readonly #lines = new LineReader()
  #pending: Pending | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #closed = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => this.#end(new LibralError('hardware.daemon-gone')))
  }

  /**
   * @param path of the socket
   * @throws LibralError `hardware.no-daemon` where nothing answers there
   */
  static async open(path: string): Promise<Assuan> {
    const socket = await dial(await readAddress(path))
    const client = new Assuan(socket)
    await client.#expect({}, () => undefined)
    return client
  }

  /** Sends one line (without its line feed) and collects the answer. */
  command(line: string | Buffer, options: CommandOptions = {}): Promise<Answer> {
    const send = (): void => {
      const bytes = Buffer.concat([Buffer.from(line), Buffer.from('\n')])
      this.#socket.write(bytes, () => bytes.fill(0))
    }
    const sent = this.#queue.then(() => this.#expect(options, send))
    this.#queue = sent.catch(() => undefined)
    return sent
  }

  close(): void {
    if (!this.#closed) this.#socket.end('BYE\n')
  }

  #expect(options: CommandOptions, send: () => void): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new LibralError('hardware.daemon-gone'))
      const pending: Pending = { options, data: [], statuses: [], resolve, reject }
      pending.timer = setTimeout(() => {
        this.#end(new LibralError('hardware.timed-out'))
      }, options.timeoutMs ?? defaultTimeoutMs)
      this.#pending = pending
      send()
    })
  }

  #receive(chunk: Buffer): void {
    try {
      for (const line of this.#lines.push(chunk)) this.#line(line)
    } catch (cause) {
      this.#end(new LibralError('hardware.protocol', {}, { cause }))
    }
  }

  #line(bytes: Buffer): void {
    const pending = this.#pending
    const line = parseLine(bytes)
    if (line === null) throw new Error('no line of the protocol')
    if (line.kind === 'comment' || pending === undefined) return
    switch (line.kind) {
      case 'ok':
        this.#settle(() => pending.resolve({ data: Buffer.concat(pending.data), statuses: pending.statuses }))
        break
      case 'error':
        this.#settle(() => pending.reject(failureOfAssuan(line.code)))
        break
      case 'data':
        pending.data.push(line.bytes)
        break
      case 'status':
        pending.statuses.push({ keyword: line.keyword, rest: line.rest })
        pending.options.onStatus?.(line.keyword, line.rest)
        break
      case 'inquire':
        void this.#inquired(pending, line.keyword, line.rest)
    }
  }

  async #inquired(pending: Pending, keyword: string, rest: string): Promise<void> {
    try {
      const reply = (await pending.options.inquire?.(keyword, rest)) ?? null
      if (this.#closed) return
      if (reply === null) return void this.#socket.write('CAN\n')
      const lines = dataLines(reply)
      reply.fill(0)
      this.#socket.write(lines, () => lines.fill(0))
    } catch (failure) {
      // What the asking failed with says more than the server's "cancelled" that follows.
      this.#settle(() => pending.reject(failure))
      if (!this.#closed) this.#socket.destroy()
    }
  }

  #settle(outcome: () => void): void {
    clearTimeout(this.#pending?.timer)
    this.#pending = undefined
    outcome()
  }

  #end(failure: LibralError): void {
    this.#closed = true
    this.#socket.destroy()
    const pending = this.#pending
    if (pending !== undefined) this.#settle(() => pending.reject(failure))
  }
}

const dial = (address: AssuanAddress): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = 'path' in address ? connect(address.path) : connect(address.port, '127.0.0.1')
    socket.once('error', (cause) => reject(new LibralError('hardware.no-daemon', {}, { cause })))
    socket.once('connect', () => {
      if ('nonce' in address) socket.write(address.nonce)
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
