import { ArrowRight } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { BundleKey, BundleVerdict } from '#protocol/bundle.ts'
import { entryStandingList } from '../../app/vocabulary.ts'
import { duration } from '../../format/duration.ts'
import { dateTime } from '../../format/instant.ts'
import { integer, joined, milliseconds } from '../../format/number.ts'
import { useLocale } from '../../i18n/i18n.ts'
import { Button } from '../../ui/button.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Status, type Tone } from '../../ui/status.tsx'
import { Facts } from './facts.tsx'
import { standingTones } from './standing.tsx'
import type { ReviewTabProps } from './tabs.ts'
import { showEntry, showOnly, showTab } from './use-review.ts'
import { Breaks, Doubts, Unapproved } from './verdict-doubts.tsx'
import { wantsKeys, wordsFor } from './verdict-words.ts'

const tones: Readonly<Record<BundleVerdict['outcome'], Tone>> = {
  verified: 'ok',
  unconfirmed: 'warning',
  failed: 'bad',
}
const stepTones = { passed: 'ok', failed: 'bad', skipped: 'off' } as const

/** What was checked against which keys, what failed and where, and what nobody can know from this file alone. */
export const VerdictView = ({ review }: ReviewTabProps) => {
  const { t } = useTranslation('review')
  const { verdict } = review
  return (
    <>
      <Verdict review={review} />
      {verdict.findings.length > 0 && <Findings verdict={verdict} />}
      <Unapproved review={review} />
      <Doubts verdict={verdict} />
      <Breaks verdict={verdict} />
      <Steps verdict={verdict} />
      <Keys verdict={verdict} />
      <Checkpoints verdict={verdict} />
      <Panel title={t('limits.title')}>
        <ul className="flex list-disc flex-col gap-1 pl-5">
          {verdict.limits.map((limit) => (
            <li key={limit}>{t(`limits.${limit}`)}</li>
          ))}
          <li>{t('limits.events')}</li>
        </ul>
      </Panel>
    </>
  )
}

const Verdict = ({ review: { verdict, summary } }: ReviewTabProps) => {
  const { t } = useTranslation('review')
  const locale = useLocale()
  const { signatures, manifest } = verdict
  const words = wordsFor(verdict)
  return (
    <section
      aria-labelledby="verdict"
      className={`rounded-lg border-2 bg-surface px-4 py-3 ${verdict.outcome === 'failed' ? 'border-major' : verdict.outcome === 'verified' ? 'border-ok' : 'border-warning'}`}
    >
      <h2 id="verdict" className="text-[18px]">
        <Status tone={tones[verdict.outcome]}>{t(`verdict.${words}`)}</Status>
      </h2>
      <p className="mt-1">{t(`verdict.${words}Hint`)}</p>
      <p className="figure mt-2 font-bold text-[16px]">
        {t('signatures', { verified: integer(signatures.verified), all: integer(signatures.all) })}
        {signatures.unconfirmed > 0 && (
          <span className="ml-3 text-warning">
            {t('signaturesUnconfirmed', { text: integer(signatures.unconfirmed) })}
          </span>
        )}
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        {entryStandingList
          .filter((standing) => (summary.standings[standing] ?? 0) > 0)
          .map((standing) => (
            <Button key={standing} small onClick={() => showOnly({ standings: [standing] })}>
              <Status tone={standingTones[standing]}>{t(`standing.${standing}`)}</Status>
              <span className="figure">{t('entries', { text: integer(summary.standings[standing] ?? 0) })}</span>
            </Button>
          ))}
        {wantsKeys(verdict) && (
          <Button small look="primary" onClick={() => showTab('keys')}>
            {t('enterKeys')}
          </Button>
        )}
      </div>
      <Facts
        facts={[
          ...(manifest === null
            ? []
            : [
                { label: t('fact.log'), value: <span className="font-mono">{manifest.origin}</span> },
                {
                  label: t('fact.range'),
                  value: t('fact.rangeValue', {
                    from: integer(manifest.from),
                    to: integer(manifest.to - 1),
                    count: manifest.to - manifest.from,
                    text: integer(manifest.to - manifest.from),
                  }),
                },
                {
                  label: t('fact.made'),
                  value: t('fact.madeValue', { at: dateTime(manifest.at), by: manifest.by ?? t('fact.nobody') }),
                },
              ]),
          ...(summary.firstAt === null || summary.lastAt === null
            ? []
            : [{ label: t('fact.span'), value: `${dateTime(summary.firstAt)} 〜 ${dateTime(summary.lastAt)}` }]),
          {
            label: t('fact.verifiedAt'),
            value: t('fact.verifiedAtValue', {
              at: dateTime(summary.at),
              took: summary.tookMs < 10_000 ? joined(milliseconds(summary.tookMs)) : duration(locale, summary.tookMs),
            }),
          },
          ...(verdict.digest === null
            ? []
            : [{ label: t('fact.digest'), value: <span className="font-mono">{verdict.digest}</span> }]),
        ]}
      />
    </section>
  )
}

const Findings = ({ verdict: { findings, found } }: { readonly verdict: BundleVerdict }) => {
  const { t } = useTranslation('review')
  return (
    <Panel
      title={t('findings.title', { text: integer(found) })}
      note={found > findings.length ? t('findings.first', { text: integer(findings.length) }) : undefined}
      padded={false}
    >
      <DataTable
        label={t('findings.title', { text: integer(found) })}
        rowKey={({ index, code }) => `${index} ${code}`}
        rows={findings}
        columns={[
          { id: 'index', title: t('column.index'), right: true, cell: ({ index }) => integer(index) },
          {
            id: 'what',
            title: t('column.finding'),
            cell: ({ code }) => <Status tone="bad">{t(`finding.${code}`)}</Status>,
          },
          {
            id: 'go',
            title: <span className="sr-only">{t('column.show')}</span>,
            cell: ({ index }) => (
              <Button
                small
                aria-label={t('showEntry', { text: integer(index) })}
                icon={<ArrowRight size={14} aria-hidden="true" />}
                onClick={() => showEntry(index)}
              >
                {t('column.show')}
              </Button>
            ),
          },
        ]}
      />
    </Panel>
  )
}

const Steps = ({ verdict }: { readonly verdict: BundleVerdict }) => {
  const { t } = useTranslation('review')
  return (
    <Panel title={t('steps')} padded={false}>
      <DataTable
        label={t('steps')}
        rowKey={({ step }) => step}
        rows={verdict.steps}
        columns={[
          { id: 'step', title: t('column.step'), cell: ({ step }) => t(`step.${step}`) },
          {
            id: 'counted',
            title: t('column.counted'),
            right: true,
            cell: ({ done, all }) => `${integer(done)} / ${integer(all)}`,
          },
          {
            id: 'state',
            title: t('column.result'),
            cell: ({ state }) => <Status tone={stepTones[state]}>{t(`stepState.${state}`)}</Status>,
          },
        ]}
      />
    </Panel>
  )
}

const Keys = ({ verdict }: { readonly verdict: BundleVerdict }) => {
  const { t } = useTranslation('review')
  const standing = (key: BundleKey) =>
    key.standing === 'trusted' ? (
      <Status tone="ok">{t('key.trusted')}</Status>
    ) : (
      <Status tone="warning">{t('key.unconfirmed')}</Status>
    )
  return (
    <Panel title={t('key.title')} padded={false}>
      <DataTable
        label={t('key.title')}
        rowKey={({ kind, key }) => `${kind} ${key}`}
        rows={verdict.keys}
        columns={[
          { id: 'kind', title: t('column.kind'), cell: ({ kind }) => t(`key.${kind}`) },
          { id: 'name', title: t('column.owner'), cell: ({ name }) => <span className="selectable">{name}</span> },
          {
            id: 'key',
            title: t('column.key'),
            cell: ({ key }) => <span className="selectable break-all font-mono">{key}</span>,
          },
          { id: 'signatures', title: t('column.signatures'), right: true, cell: (key) => integer(key.signatures) },
          { id: 'standing', title: t('column.trust'), cell: standing },
        ]}
      />
    </Panel>
  )
}

const Checkpoints = ({ verdict }: { readonly verdict: BundleVerdict }) => {
  const { t } = useTranslation('review')
  if (verdict.checkpoints.length === 0) return null
  return (
    <Panel title={t('checkpoints.title')} padded={false}>
      <DataTable
        label={t('checkpoints.title')}
        rowKey={({ size, root }) => `${size} ${root}`}
        rows={verdict.checkpoints}
        columns={[
          { id: 'size', title: t('column.size'), right: true, cell: ({ size }) => integer(size) },
          {
            id: 'root',
            title: t('column.root'),
            cell: ({ root }) => <span className="selectable break-all font-mono">{root}</span>,
          },
          {
            id: 'agrees',
            title: t('column.result'),
            cell: ({ agrees }) => (
              <Status tone={agrees ? 'ok' : 'bad'}>{t(agrees ? 'checkpoints.agrees' : 'checkpoints.differs')}</Status>
            ),
          },
          {
            id: 'witnesses',
            title: t('column.witnesses'),
            cell: ({ witnesses }) =>
              witnesses.length === 0
                ? t('checkpoints.nobody')
                : witnesses
                    .map(({ name, standing }) => (standing === 'trusted' ? name : `${name}（${t('key.unconfirmed')}）`))
                    .join(' · '),
          },
        ]}
      />
    </Panel>
  )
}
