import { useTranslation } from 'react-i18next'
import { type Describable, type Described, describeCommand } from '#protocol/describe.ts'
import { type DescribedValue, descriptionWords } from '#protocol/description.ts'
import { moneyText } from '#protocol/money.ts'
import { accountName, settingText } from '#protocol/payments-words.ts'
import { commandTitle } from '../../app/submit.ts'
import { dateTime } from '../../format/instant.ts'
import { useLocale } from '../../i18n/i18n.ts'
import { Status } from '../../ui/status.tsx'
import { grouped } from '../keys/key-text.ts'

type Locale = 'ja' | 'en'

/** A command in the words of its own bytes: the same lines that the vault draws before it is signed. */
export const titleOf = (described: Described, locale: Locale): string =>
  described.known ? descriptionWords[locale][described.description.title] : commandTitle(described.command)

const written = (value: DescribedValue, locale: Locale, days: (count: number) => string): string => {
  switch (value.as) {
    case 'text':
    case 'lines':
      return value.text
    case 'word':
      return descriptionWords[locale][value.word]
    case 'operator':
      return value.operator
    case 'fingerprint':
      return grouped(value.fingerprint)
    case 'instant':
      return dateTime(value.at)
    case 'days':
      return days(value.days)
    case 'amount':
      return moneyText(value.amount)
    case 'account':
      return accountName(locale, value.account)
    case 'setting':
      return settingText(locale, value.name, value.text)
  }
}

export const useDescribed = (command: Describable) => {
  const locale = useLocale()
  const described = describeCommand(command)
  return { described, title: titleOf(described, locale) }
}

export const DescribedLines = ({ described }: { readonly described: Described }) => {
  const { t } = useTranslation('approvals')
  const locale = useLocale()
  const words = descriptionWords[locale]
  const lines = described.known
    ? described.description.lines.map(({ label, values }) => ({
        label: words[label],
        text:
          values.map((value) => written(value, locale, (count) => t('days', { count }))).join(t('separator')) ||
          words.none,
      }))
    : described.raw.map(([name, json]) => ({ label: name, text: JSON.stringify(json) }))
  return (
    <>
      {!described.known && <Status tone="warning">{t('unknownCommand')}</Status>}
      <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1">
        {lines.map(({ label, text }) => (
          <div key={`${label} ${text}`} className="contents">
            <dt className="text-muted">{label}</dt>
            <dd className="min-w-0 break-words whitespace-pre-wrap">{text}</dd>
          </div>
        ))}
      </dl>
      {described.known &&
        described.description.effects.map((effect) => (
          <p key={effect} className="text-warning">
            {words[effect]}
          </p>
        ))}
    </>
  )
}
