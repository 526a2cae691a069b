import { type Failure, failureOf } from '#protocol/errors.ts'
import { UsageError } from './arguments.ts'
import { exitCodeOf } from './exit-codes.ts'
import { explanationOf } from './explanations.ts'

/** What a command came to: for programs, and for the person at the terminal. */
export interface Said {
  readonly result: object
  readonly words: string
  /** Set where it was done in part. */
  readonly failure?: Failure
  /** The exit code of another program that was run. */
  readonly exit?: number
}

/** One word after `libral`. */
export interface Area<Request extends { readonly json: boolean }> {
  readonly usage: string
  /** @throws UsageError */
  parse(args: readonly string[]): Request | 'help'
  perform(request: Request): Promise<Said>
}

const exitUsage = 64

/** Runs one command of an area and prints what came of it. @returns the exit code */
export async function runArea<Request extends { readonly json: boolean }>(
  area: Area<Request>,
  args: readonly string[],
): Promise<number> {
  const request = requestOf(area, args)
  if (typeof request === 'number') return request
  try {
    const { result, words, failure, exit = 0 } = await area.perform(request)
    const answer = failure === undefined ? { ok: true, ...result } : { ok: false, ...failure, ...result }
    process.stdout.write(request.json ? `${jsonLine(answer)}\n` : ended(words))
    if (failure !== undefined && !request.json) process.stderr.write(`${explanationOf(failure)}\n`)
    return failure === undefined ? exit : exitCodeOf(failure)
  } catch (thrown) {
    const failure = failureOf(thrown)
    if (request.json) process.stdout.write(`${JSON.stringify({ ok: false, ...failure })}\n`)
    else process.stderr.write(`${explanationOf(failure)}\n`)
    return exitCodeOf(failure)
  }
}

/** JSON that steers no terminal either: it means the same, since none of these stands outside a text. */
const jsonLine = (answer: object): string =>
  JSON.stringify(answer).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

const ended = (words: string): string => (words === '' || words.endsWith('\n') ? words : `${words}\n`)

function requestOf<Request extends { readonly json: boolean }>(
  { parse, usage }: Area<Request>,
  args: readonly string[],
): Request | number {
  try {
    const request = parse(args)
    if (request !== 'help') return request
    process.stdout.write(usage)
    return 0
  } catch (refusal) {
    if (!(refusal instanceof UsageError)) throw refusal
    process.stderr.write(`${refusal.message}\n\n${usage}`)
    return exitUsage
  }
}
