import type { StandardRPCHandler } from '@orpc/server/standard'
import type { RawData, WebSocket } from 'ws'
import { LibralError } from '#protocol/errors.ts'
import { closeCodes } from '#protocol/feed.ts'
import type { Connection } from './connection.ts'
import { libralErrorOf, toRpcError } from './failure.ts'
import type { TransportLimits } from './limits.ts'
import type { RpcContext } from './router.ts'
import { answerFrame, idOfRefused, parseRpcFrame, type RpcFrame, type RpcId } from './rpc-frame.ts'
import type { Running } from './running.ts'
import type { Log } from './services.ts'
import { bytesOf, closeSocket } from './socket.ts'

export interface RpcSocketParts {
  readonly handler: StandardRPCHandler<RpcContext>
  readonly running: Running
  readonly limits: TransportLimits
  readonly log: Log
}

/** One socket: frames in, calls, answers out. */
export class RpcSocket {
  readonly #parts: RpcSocketParts
  readonly #socket: WebSocket
  readonly #connection: Connection
  readonly #calls = new Map<RpcId, AbortController>()

  constructor(parts: RpcSocketParts, socket: WebSocket, connection: Connection) {
    this.#parts = parts
    this.#socket = socket
    this.#connection = connection
  }

  start(): void {
    this.#socket.on('message', (data, isBinary) => this.#receive(data, isBinary))
    this.#socket.once('close', () => {
      for (const call of this.#calls.values()) call.abort()
    })
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    if (isBinary) {
      this.#close(closeCodes.badFrame, 'text frames only')
      return
    }
    const frame = this.#parse(bytesOf(data))
    if (frame?.kind === 'abort') this.#calls.get(frame.id)?.abort()
    else if (frame && this.#calls.has(frame.id)) this.#close(closeCodes.badFrame, 'id in use')
    else if (frame) void this.#call(frame.id, frame.path, frame.input)
  }

  #parse(bytes: Uint8Array): RpcFrame | undefined {
    try {
      return parseRpcFrame(bytes, this.#parts.limits.requestBytes)
    } catch (refusal) {
      const failure = libralErrorOf(refusal, 'frame', this.#parts.log)
      const id = idOfRefused(bytes)
      this.#parts.log.warn('rpc.bad-frame', { connection: this.#connection.id, code: failure.code })
      if (id === undefined) this.#close(closeCodes.badFrame, failure.code)
      else this.#fail(id, failure)
      return undefined
    }
  }

  async #call(id: RpcId, path: string, input: unknown): Promise<void> {
    const controller = new AbortController()
    this.#calls.set(id, controller)
    const leave = this.#parts.running.enter()
    try {
      const { response } = await this.#parts.handler.handle(
        {
          method: 'POST',
          url: new URL(`http://rpc.invalid${path}`),
          headers: {},
          signal: controller.signal,
          body: () => Promise.resolve({ json: input }),
        },
        { context: { connection: this.#connection } },
      )
      if (response) this.#answer(id, response.status, response.body)
      else this.#fail(id, new LibralError('protocol.unsupported', { procedure: path.slice(0, 80) }))
    } catch (thrown) {
      this.#fail(id, libralErrorOf(thrown, path, this.#parts.log))
    } finally {
      this.#calls.delete(id)
      leave()
    }
  }

  #fail(id: RpcId, failure: LibralError): void {
    const error = toRpcError(failure)
    this.#answer(id, error.status, { json: error.toJSON() })
  }

  #answer(id: RpcId, status: number, body: unknown): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#socket.send(answerFrame(id, status, body))
    if (this.#socket.bufferedAmount > this.#parts.limits.answerBytes) this.#close(closeCodes.slow, 'answers unread')
  }

  #close(code: number, reason: string): void {
    closeSocket(this.#socket, code, reason, this.#parts.limits.closeMs)
  }
}
