import { basename } from 'node:path'
import { documentName, encryptedName, signedName } from '#main/app/message-names.ts'
import { LibralError } from '#protocol/errors.ts'
import type { FileNews, FileProgress } from '#protocol/messages.ts'
import { procedures } from './procedures.ts'
import type { CallContext } from './services.ts'

const { messages: contract } = procedures

type Context = { readonly context: CallContext; readonly signal?: AbortSignal | undefined }
type Client = Parameters<Parameters<CallContext['services']['keys']['call']>[1]>[0]

const call = <T>({ context }: Context, use: (client: Client) => Promise<T>): Promise<T> =>
  context.services.keys.call(context.window, use)

/** メッセージ: passes texts on to the vault's process, and files that main's dialogs chose. */
export const messages = {
  plan: contract.plan.handler((it) => call(it, (client) => client.messages.plan(it.input))),
  encryptText: contract.encryptText.handler((it) => call(it, (client) => client.messages.encryptText(it.input))),
  signText: contract.signText.handler((it) => call(it, (client) => client.messages.signText(it.input))),
  readText: contract.readText.handler((it) => call(it, (client) => client.messages.readText(it.input))),
  chooseFiles: contract.chooseFiles.handler(async ({ context, input }) => ({
    files: [...(await context.services.messages.choose(context.window, input.purpose))],
  })),
  encryptFiles: contract.encryptFiles.handler(async function* (it) {
    const { tokens, ...rest } = it.input
    const files = await jobs(it, tokens, (name) => encryptedName(name, rest.armored))
    yield* followed(it, files, (client, options) => client.messages.encryptFiles({ files, ...rest }, options))
  }),
  signFiles: contract.signFiles.handler(async function* (it) {
    const { tokens, ...rest } = it.input
    const files = await jobs(it, tokens, (name) => signedName(name, rest.signing.form, rest.armored))
    yield* followed(it, files, (client, options) => client.messages.signFiles({ files, ...rest }, options))
  }),
  readFiles: contract.readFiles.handler(async function* (it) {
    const files = await readJobs(it, it.input.tokens)
    yield* followed(it, files, (client, options) => client.messages.readFiles({ files }, options))
  }),
  reveal: contract.reveal.handler(({ context, input }) => {
    context.services.messages.reveal(context.window, input.token)
    return {}
  }),
}

/** @throws LibralError `file.not-chosen` */
async function jobs(
  { context: { services, window } }: Context,
  tokens: readonly string[],
  named: (name: string) => string,
) {
  const wanted = services.messages.paths(window, tokens).map((source) => ({ source, name: named(basename(source)) }))
  const targets = await services.messages.targets(window, wanted)
  return wanted.flatMap(({ source }, index) => {
    const target = targets[index]
    return target === undefined ? [] : [{ source, ...target }]
  })
}

/** What each file is decides what has to be asked: where to write, or which document a signature is for. */
async function readJobs(it: Context, tokens: readonly string[]) {
  const { services, window } = it.context
  const sources = services.messages.paths(window, tokens)
  const kinds = await Promise.all(
    sources.map((file) =>
      call(it, (client) => client.messages.inspect({ file })).then(
        ({ kind }) => kind,
        // Reading it says what is wrong with it.
        () => 'other' as const,
      ),
    ),
  )
  const wanted = sources.flatMap((source, index) => {
    const kind = kinds[index]
    return kind === 'encrypted' || kind === 'signed' ? [{ source, name: documentName(basename(source)) }] : []
  })
  const targets = await services.messages.targets(window, wanted)
  const read = []
  for (const [index, source] of sources.entries()) {
    const target = targets[wanted.findIndex((one) => one.source === source)]
    const document = kinds[index] === 'detached' ? await services.messages.documentOf(window, source) : null
    read.push({ source, target: target?.target ?? null, replace: target?.replace ?? false, document })
  }
  return read
}

type Start = (client: Client, options: { readonly signal?: AbortSignal }) => Promise<AsyncIterable<FileNews>>

/** The vault's news with the files that came out; ends when the vault is locked, whatever it was doing. */
async function* followed(
  it: Context,
  files: readonly { readonly target: string | null }[],
  start: Start,
): AsyncGenerator<FileProgress, void> {
  const { services, window } = it.context
  const stop = stopping(it)
  const stream = await call(it, (client) => start(client, it.signal === undefined ? {} : { signal: it.signal }))
  const news = stream[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await Promise.race([news.next(), stop.reached])
      if (next === 'cancelled') return
      if (next === 'locked') return yield { state: 'ended', why: 'locked' }
      if (next.done) break
      const target = files[next.value.index]?.target ?? null
      yield next.value.state === 'finished'
        ? { ...next.value, output: target === null ? null : services.messages.output(window, target) }
        : next.value
    }
    yield { state: 'ended', why: 'done' }
  } catch (thrown) {
    // A port that closed; whether by lock or by a crash shows in a moment.
    if (thrown instanceof LibralError) throw thrown
    const why = await Promise.race([stop.reached, call(it, (client) => client.messages.plan(nobody)).then(() => null)])
    if (why === 'locked') yield { state: 'ended', why }
    else if (why === null) throw thrown
  } finally {
    stop.dispose()
    // Not awaited: a process that is gone never answers.
    void news.return?.().catch(() => {})
  }
}

const nobody = {
  recipients: [],
  identity: null,
  sign: false,
  toSelf: false,
  password: false,
  audience: 'auto' as const,
}

/** Resolves when the work is over for another reason than its end. @throws LibralError `vault.unavailable` after a crash */
function stopping({ context: { services }, signal }: Context) {
  let dispose = (): void => {}
  const reached = new Promise<'cancelled' | 'locked'>((resolve, reject) => {
    const abort = (): void => resolve('cancelled')
    signal?.addEventListener('abort', abort)
    const off = services.keys.onState(({ state, failure }) => {
      if (state === 'unlocked' || state === 'opening') return
      if (failure === null) resolve('locked')
      else reject(new LibralError(failure.code, failure.params))
    })
    dispose = () => {
      signal?.removeEventListener('abort', abort)
      off()
    }
  })
  reached.catch(() => {})
  return { reached, dispose: () => dispose() }
}
