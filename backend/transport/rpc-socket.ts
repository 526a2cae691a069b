import type { Duplex } from 'node:stream'
import type { StandardRPCHandler } from '@orpc/server/standard'
import type { RawData, WebSocket } from 'ws'
import { LibralError } from '#protocol/errors.ts'
import { closeCodes, type FeedWishes, type PageRequest } from '#protocol/feed.ts'
import type { Principal } from '../kernel/kernel.ts'
import type { Connection } from './connection.ts'
import { libralErrorOf, toRpcError } from './failure.ts'
import { FeedChannel, type FeedChannelParts } from './feed-channel.ts'
import type { RpcContext } from './router.ts'
import { answerFrame, idOfRefused, parseRpcFrame, type RpcFrame, type RpcId } from './rpc-frame.ts'
import type { Running } from './running.ts'
import { bytesOf, closeSocket } from './socket.ts'

export interface RpcSocketParts extends FeedChannelParts {
  readonly handler: StandardRPCHandler<RpcContext>
  readonly running: Running
}

/** One socket: frames in, calls, answers out; and the frames of a feed, once it has been joined. */
export class RpcSocket {
  readonly #parts: RpcSocketParts
  readonly #socket: WebSocket
  readonly #stream: Duplex
  readonly #connection: Connection
  readonly #calls = new Map<RpcId, AbortController>()
  #feed: FeedChannel | undefined
  /** Bytes of answers since nothing waited last: no more of them than that are among what waits. */
  #answered = 0

  constructor(parts: RpcSocketParts, socket: WebSocket, stream: Duplex, connection: Connection) {
    this.#parts = parts
    this.#socket = socket
    this.#stream = stream
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
    if (frame === undefined) return
    if (frame.kind === 'abort') this.#calls.get(frame.id)?.abort()
    else if (frame.kind === 'page') this.#page(frame.request)
    else if (this.#calls.has(frame.id)) this.#close(closeCodes.badFrame, 'id in use')
    else void this.#call(frame.id, frame.path, frame.input)
  }

  #parse(bytes: Uint8Array): RpcFrame | undefined {
    try {
      return parseRpcFrame(bytes, this.#parts.limits.requestBytes)
    } catch (refusal) {
      const failure = libralErrorOf(refusal, 'frame', this.#parts.log)
      const id = idOfRefused(bytes)
      this.#parts.log.warn('rpc.bad-frame', { connection: this.#connection.id, code: failure.code })
      if (id === undefined) this.#close(closeCodes.badFrame, failure.code)
      else {
        const { status, body } = failed(failure)
        this.#answer(id, status, body)
      }
      return undefined
    }
  }

  #page(request: PageRequest): void {
    if (this.#feed) this.#feed.page(request)
    else this.#close(closeCodes.badFrame, 'no feed here')
  }

  async #call(id: RpcId, path: string, input: unknown): Promise<void> {
    const controller = new AbortController()
    this.#calls.set(id, controller)
    const leave = this.#parts.running.enter()
    let released = (): void => undefined
    const join: RpcContext['join'] = (principal, wishes) => {
      const release = this.#join(principal, wishes)
      released = release ?? released
      return release !== undefined
    }
    const { status, body } = await this.#answerTo(path, input, controller.signal, join)
    // What the feed that was joined has to tell at once leaves behind the answer, together with it.
    this.#stream.cork()
    this.#answer(id, status, body)
    released()
    this.#stream.uncork()
    this.#calls.delete(id)
    leave()
  }

  async #answerTo(path: string, input: unknown, signal: AbortSignal, join: RpcContext['join']): Promise<Answer> {
    try {
      const { response } = await this.#parts.handler.handle(
        {
          method: 'POST',
          url: new URL(`http://rpc.invalid${path}`),
          headers: {},
          signal,
          body: () => Promise.resolve({ json: input }),
        },
        { context: { connection: this.#connection, join } },
      )
      return response ?? failed(new LibralError('protocol.unsupported', { procedure: path.slice(0, 80) }))
    } catch (thrown) {
      return failed(libralErrorOf(thrown, path, this.#parts.log))
    }
  }

  /** Frames wait until they are let go: the answer tells that they come. Undefined where they can't come here. */
  #join(principal: Principal, wishes: FeedWishes): (() => void) | undefined {
    if (this.#feed) return undefined
    const channel = new FeedChannel(this.#parts, this.#socket, () => this.#unreadAnswers())
    const { send, ...ends } = channel.ends
    let held: string[] | undefined = []
    const sendInTurn = (frame: string): number => (held ? held.push(frame) : send(frame))
    const subscription = this.#parts.kernel.feed.resume({ principal, ...wishes, ...ends, send: sendInTurn })
    if (!subscription) return undefined
    this.#feed = channel
    channel.begin(Promise.resolve(subscription))
    return () => {
      const first = held ?? []
      held = undefined
      for (const frame of first) send(frame)
    }
  }

  #answer(id: RpcId, status: number, body: unknown): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    const frame = answerFrame(id, status, body)
    this.#answered = this.#unreadAnswers() + frame.length
    this.#socket.send(frame)
    if (this.#socket.bufferedAmount > this.#parts.limits.answerBytes) this.#close(closeCodes.slow, 'answers unread')
  }

  #unreadAnswers(): number {
    if (this.#socket.bufferedAmount === 0) this.#answered = 0
    return this.#answered
  }

  #close(code: number, reason: string): void {
    closeSocket(this.#socket, code, reason, this.#parts.limits.closeMs)
  }
}

interface Answer {
  readonly status: number
  readonly body?: unknown
}

const failed = (failure: LibralError): Answer => {
  const error = toRpcError(failure)
  return { status: error.status, body: { json: error.toJSON() } }
}
