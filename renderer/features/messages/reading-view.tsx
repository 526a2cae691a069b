import { useTranslation } from 'react-i18next'
import type { Reading, ToldVerdict } from '#protocol/messages.ts'
import { dateTime } from '../../format/instant.ts'
import { Status } from '../../ui/status.tsx'
import { grouped } from '../keys/key-text.ts'
import { headlineOf, headlineTone } from './verdict-text.ts'

/** Which key opened it, and what is known of who signed it. */
export const ReadingView = ({ reading }: { readonly reading: Reading }) => {
  const { t } = useTranslation('messages')
  const { opened, signatures } = reading
  return (
    <div className="flex flex-col gap-2">
      {opened !== null && (
        <p className="text-muted">
          {opened.by === 'password'
            ? t('opened.password')
            : t('opened.key', { name: opened.name, key: opened.fingerprint.slice(0, 16).toUpperCase() })}
        </p>
      )}
      {signatures.length === 0 && (
        <div className="rounded-md border border-line-strong px-3 py-2">
          <Status tone="off">{t('verdict.none')}</Status>
          <p className="text-muted">{t('verdict.noneHint')}</p>
        </div>
      )}
      {signatures.map((verdict, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: signatures stand in the message's order and never move
        <Verdict key={index} verdict={verdict} />
      ))}
    </div>
  )
}

const borders = { ok: 'border-ok', warning: 'border-warning', bad: 'border-major' } as const

/** One signature: who, when, with which key, and why it counts or does not. */
export const Verdict = ({ verdict }: { readonly verdict: ToldVerdict }) => {
  const { t } = useTranslation('messages')
  const headline = headlineOf(verdict)
  const tone = headlineTone[headline]
  const { signer, at, issuer, reason } = verdict
  return (
    <section aria-label={t(`verdict.${headline}`)} className={`rounded-md border px-3 py-2 ${borders[tone]}`}>
      <Status tone={tone}>{t(`verdict.${headline}`)}</Status>
      <p>{t(reason === null ? 'verdict.verifiedHint' : `reason.${reason}`)}</p>
      <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-4 text-muted">
        <dt>{t('who')}</dt>
        <dd>
          {signer === null ? t('whoUnknown') : [signer.name, signer.email].filter((it) => it !== '').join('　')}
          {signer?.own === true && t('whoOwn')}
        </dd>
        <dt>{t('when')}</dt>
        <dd>{at === null ? t('whenUnknown') : dateTime(at)}</dd>
        <dt>{t(signer === null ? 'keyClaimed' : 'key')}</dt>
        <dd className="font-mono break-all">
          {signer === null ? (issuer === null ? t('whenUnknown') : grouped(issuer)) : grouped(signer.certificate)}
        </dd>
      </dl>
    </section>
  )
}
