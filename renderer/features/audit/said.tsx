import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { type Describable, type Described, describeCommand } from '#protocol/describe.ts'
import { DescribedLines } from '../approvals/described.tsx'

interface Line {
  readonly path: string
  readonly value: string
}

const longest = 200

/** The values of a structure, each with the way to it: `refunds.0.amount.minor`. */
const linesOf = (value: unknown, path: string): readonly Line[] => {
  if (typeof value !== 'object' || value === null) return [{ path, value: String(value) }]
  return Object.entries(value).flatMap(([name, item]) => linesOf(item, path === '' ? name : `${path}.${name}`))
}

const short = (text: string): string => (text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}…`)

interface Parsed {
  /** null: sealed, or no command that this build knows. */
  readonly described: Described | null
  readonly params: readonly Line[]
  readonly events: readonly { readonly type: string; readonly lines: readonly Line[] }[]
}

const describedBy = (command: Partial<Describable> | undefined): Described | null => {
  if (command?.params === undefined || command.statement === undefined) return null
  const described = describeCommand(command as Describable)
  return described.known ? described : null
}

const parse = (json: string): Parsed | null => {
  try {
    const entry = JSON.parse(json) as {
      readonly command?: Describable
      readonly events?: readonly { readonly type: string; readonly data: unknown }[]
    }
    return {
      described: describedBy(entry.command),
      params: entry.command?.params === undefined ? [] : linesOf(entry.command.params, ''),
      events: (entry.events ?? []).map(({ type, data }) => ({ type, lines: linesOf(data, '') })),
    }
  } catch {
    return null
  }
}

const Lines = ({ lines }: { readonly lines: readonly Line[] }) => (
  <dl>
    {lines.map(({ path, value }, nth) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: a path may stand twice in bytes that are no canonical JSON
      <div key={`${path} ${nth}`} className="grid grid-cols-[140px_minmax(0,1fr)] gap-3 py-0.5">
        <dt className="break-all font-mono text-faint">{path}</dt>
        <dd className="selectable break-words" title={value.length > longest ? value : undefined}>
          {short(value)}
        </dd>
      </div>
    ))}
  </dl>
)

/**
 * What was signed in the words in which it was shown before the signature, then parameters and events as they stand in the
 * bytes: there nothing is left out, and nothing is told in other words.
 */
export const Said = ({ json }: { readonly json: string }) => {
  const { t } = useTranslation('review')
  const parsed = useMemo(() => parse(json), [json])
  if (parsed === null) return <p className="text-muted">{t('unreadable')}</p>
  return (
    <>
      {parsed.described !== null && (
        <div className="mt-2 rounded-md border border-line px-3 py-2">
          <DescribedLines described={parsed.described} />
        </div>
      )}
      {parsed.params.length > 0 && (
        <>
          <h4 className="mt-2 text-faint">{t('entry.params')}</h4>
          <Lines lines={parsed.params} />
        </>
      )}
      {parsed.events.map(({ type, lines }, nth) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: events have an order and nothing else
        <div key={`${type} ${nth}`}>
          <h4 className="mt-2 text-faint">
            {t('entry.event')} <span className="font-mono">{type}</span>
          </h4>
          <Lines lines={lines} />
        </div>
      ))}
    </>
  )
}
