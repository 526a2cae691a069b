/**
 * The text of an .env file as lines that keep what nobody changed: comments, order, quotes, spaces and line ends. There
 * is no expansion of `$NAME`: a value is what stands there.
 *
 * `NAME=value # comment`, `NAME='as it is'`, `NAME="with \n and \" escapes"`, `` NAME=`as it is` ``; quoted values may
 * span lines; `export` before a name is allowed. Where a name stands twice, the last one counts.
 */

interface Pair {
  readonly name: string
  readonly value: string
  /** As it stands in the file, with its line end. */
  readonly raw: string
  /** Up to and with `=` and the spaces after it. */
  readonly before: string
  readonly quote: Quote
  /** From the value's end: spaces, comment and line end. */
  readonly after: string
}
interface Other {
  readonly name: null
  readonly raw: string
}
export type EnvLine = Pair | Other
type Quote = '' | "'" | '"' | '`'

const head = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*/
/** Names that every shell and program takes. */
const settable = /^[A-Za-z_][A-Za-z0-9_]*$/

export const isSettable = (name: string): boolean => settable.test(name)

export function parseEnv(text: string): EnvLine[] {
  const lines: EnvLine[] = []
  for (let at = 0; at < text.length; ) {
    const line = lineAt(text, at)
    lines.push(line)
    at += line.raw.length
  }
  return lines
}

function lineAt(text: string, at: number): EnvLine {
  const end = endOfLine(text, at)
  const found = head.exec(text.slice(at, end))
  const [before = '', name] = found ?? []
  if (name === undefined) return { name: null, raw: text.slice(at, end) }
  const start = at + before.length
  const quote = text[start]
  if (quote === "'" || quote === '"' || quote === '`') {
    const close = closing(text, start + 1, quote)
    const rest = close < 0 ? -1 : endOfLine(text, close + 1)
    // What follows the closing quote may be a comment; anything else shows that it closes nothing.
    if (close >= 0 && /^[ \t]*(#.*)?(\r?\n)?$/.test(text.slice(close + 1, rest))) {
      const inner = text.slice(start + 1, close)
      const value = quote === '"' ? unescaped(inner) : inner
      return { name, value, quote, before, raw: text.slice(at, rest), after: text.slice(close + 1, rest) }
    }
  }
  const bare = text.slice(start, end)
  const value = bare
    .replace(/\r?\n$/, '')
    .replace(/(^|[ \t]+)#.*$/, '')
    .trimEnd()
  return { name, value, quote: '', before, raw: text.slice(at, end), after: bare.slice(value.length) }
}

/** Behind the line's end, or the text's. */
function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from)
  return at < 0 ? text.length : at + 1
}

function closing(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === quote) return at
    if (quote === '"' && text[at] === '\\') at++
  }
  return -1
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', '"': '"', $: '$' }
const unescaped = (inner: string): string =>
  inner.replace(/\\([\s\S])/g, (whole, letter: string) => escapes[letter] ?? whole)

/** The last value of each name, in the order in which names first stand. */
export function valuesOf(lines: readonly EnvLine[]): Map<string, string> {
  const values = new Map<string, string>()
  for (const line of lines) if (line.name !== null) values.set(line.name, line.value)
  return values
}

export const serialiseEnv = (lines: readonly EnvLine[]): string => lines.map(({ raw }) => raw).join('')

/**
 * Gives a name a value where it stands (the last time), keeping its comment; a new one goes to the end. Behind a quote
 * that nothing closes, what is written could be taken for its end: there it goes to the beginning.
 */
export function withValue(lines: readonly EnvLine[], name: string, value: string): EnvLine[] {
  const made = inPlace(lines, name, value)
  const wanted = valuesOf(lines).set(name, value)
  const read = valuesOf(parseEnv(serialiseEnv(made)))
  const holds = read.size === wanted.size && [...wanted].every(([key, it]) => read.get(key) === it)
  return holds ? made : [pairOf(`${name}=`, name, value, '', lineEnding(lines)), ...withoutName(lines, name)]
}

const lineEnding = (lines: readonly EnvLine[]): string =>
  lines.some(({ raw }) => raw.endsWith('\r\n')) ? '\r\n' : '\n'

function inPlace(lines: readonly EnvLine[], name: string, value: string): EnvLine[] {
  const at = lines.findLastIndex((it) => it.name === name)
  const present = lines[at]
  const ending = lineEnding(lines)
  if (present === undefined || present.name === null) {
    const last = lines.at(-1)
    const whole =
      last === undefined || last.raw.endsWith('\n')
        ? lines
        : [...lines.slice(0, -1), ...parseEnv(`${last.raw}${ending}`)]
    return [...whole, pairOf(`${name}=`, name, value, '', ending)]
  }
  if (present.value === value) return [...lines]
  const changed = pairOf(present.before, name, value, present.quote, present.after)
  return lines.map((line, index) => (index === at ? changed : line))
}

function pairOf(before: string, name: string, value: string, usual: Quote, after: string): Pair {
  const quote = quoteFor(value, usual)
  const inner = quote === '"' ? escaped(value) : value
  // A comment right behind a bare value would become a part of it.
  const behind = quote === '' && /^#/.test(after) ? ` ${after}` : after
  return { name, value, quote, before, after: behind, raw: `${before}${quote}${inner}${quote}${behind}` }
}

/** Readers of .env agree on bare words and on single quotes; escapes are the last resort. */
function quoteFor(value: string, usual: Quote): Quote {
  const fits: Readonly<Record<Quote, boolean>> = {
    '': /^[A-Za-z0-9_./:@%+,=-]*$/.test(value),
    "'": !/['\r\n]/.test(value),
    '`': false,
    '"': true,
  }
  const order: readonly Quote[] = [usual, '', "'", '"']
  return order.find((it) => fits[it]) ?? '"'
}

const written: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\\': '\\\\', '"': '\\"', $: '\\$' }
const escaped = (value: string): string => value.replace(/[\n\r\\"$]/g, (it) => written[it] ?? it)

export const withoutName = (lines: readonly EnvLine[], name: string): EnvLine[] =>
  lines.filter((it) => it.name !== name)

export interface EnvChange {
  readonly name: string
  readonly change: 'added' | 'removed' | 'changed'
}

/** Which names have another value; no values, so that it can be shown and logged. */
export function changesBetween(before: readonly EnvLine[], after: readonly EnvLine[]): EnvChange[] {
  const [old, fresh] = [valuesOf(before), valuesOf(after)]
  const names = [...new Set([...old.keys(), ...fresh.keys()])]
  return names.flatMap((name): EnvChange[] => {
    if (!fresh.has(name)) return [{ name, change: 'removed' }]
    if (!old.has(name)) return [{ name, change: 'added' }]
    return old.get(name) === fresh.get(name) ? [] : [{ name, change: 'changed' }]
  })
}
