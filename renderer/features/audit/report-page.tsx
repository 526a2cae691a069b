import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReportData, ReviewFilter, ReviewRow } from '#protocol/review.ts'
import { commandTitle } from '../../app/submit.ts'
import { entryStandingList } from '../../app/vocabulary.ts'
import { dateTime } from '../../format/instant.ts'
import { integer } from '../../format/number.ts'
import { useActorName } from '../../i18n/names.ts'
import '../../ui/fonts.css'
import './report.css'
import { doubtfulEntries, wordsFor } from './verdict-words.ts'

/** The paper: drawn in a hidden window and printed by main. Every figure stands with the way in which it was counted. */
export const ReportPage = ({ data }: { readonly data: ReportData }) => {
  const { t } = useTranslation('review')
  const { wish, verdict, summary, sample } = data
  return (
    <article className="paper">
      <h1>{wish.title}</h1>
      <p className="sub">{t('paper.made', { at: dateTime(data.at), auditor: wish.auditor || t('paper.noAuditor') })}</p>
      <Verdict data={data} />
      {wish.remarks.trim() !== '' && (
        <Section title={t('report.remarks')}>
          <p className="remarks">{wish.remarks}</p>
        </Section>
      )}
      <Figures data={data} />
      <Keys data={data} />
      {verdict.findings.length > 0 && (
        <Section title={t('findings.title', { text: integer(verdict.found) })}>
          {verdict.found > verdict.findings.length && (
            <p>{t('findings.first', { text: integer(verdict.findings.length) })}</p>
          )}
          <Table
            heads={[t('column.index'), t('column.finding')]}
            rows={verdict.findings.map(({ index, code }) => [integer(index), t(`finding.${code}`)])}
          />
        </Section>
      )}
      {summary.unapproved.count > 0 && (
        <Section title={t('unapproved.title', { text: integer(summary.unapproved.count) })}>
          <p>{t('unapproved.hint')}</p>
          <p>{summary.unapproved.first.map((index) => t('entry.number', { text: integer(index) })).join('、')}</p>
        </Section>
      )}
      {verdict.doubts.length > 0 && (
        <Section title={t('doubts.title')}>
          <p>{t('doubts.hint')}</p>
          <Table
            heads={[t('column.owner'), t('column.key'), t('doubts.entries'), t('doubts.revoked')]}
            rows={verdict.doubts.map((doubt) => [
              doubt.operator,
              doubt.fingerprint,
              doubtfulEntries(t, doubt),
              integer(doubt.revoked),
            ])}
          />
        </Section>
      )}
      {verdict.breaks.length > 0 && (
        <Section title={t('breaks.title')}>
          <p>{t('breaks.hint')}</p>
          <Table
            heads={[t('column.index'), t('breaks.by'), t('breaks.reason'), t('breaks.names')]}
            rows={verdict.breaks.map(({ index, operator, reason, previous, origin }) => [
              integer(index),
              operator,
              reason,
              `${previous} → ${origin}`,
            ])}
          />
        </Section>
      )}
      <Section title={t('limits.title')}>
        <ul>
          {verdict.limits.map((limit) => (
            <li key={limit}>{t(`limits.${limit}`)}</li>
          ))}
          <li>{t('limits.events')}</li>
        </ul>
      </Section>
      {data.policies.length > 0 && (
        <Section title={t('policies.title')}>
          <Table
            heads={[t('policies.from'), t('column.time'), t('policies.entries'), t('policies.hash')]}
            rows={data.policies.map(({ from, at, entries, hash }) => [
              integer(from),
              dateTime(at),
              integer(entries),
              hash,
            ])}
          />
        </Section>
      )}
      {sample !== null && wish.sample !== null && (
        <Section title={t('sample.title')}>
          <p>{t('paper.sampleMethod', { seed: wish.sample.seed })}</p>
          <p>{t('sample.drawn', { population: integer(sample.population), text: integer(sample.rows.length) })}</p>
          <FilterLine filter={wish.sample.filter} />
          <Entries rows={sample.rows} />
        </Section>
      )}
      {data.notes.length > 0 && (
        <Section title={t('notes.title')}>
          <Table
            heads={[t('column.index'), t('column.note'), t('notes.at')]}
            rows={data.notes.map(({ index, text, at }) => [integer(index), text, dateTime(at)])}
          />
        </Section>
      )}
      <Section title={t('paper.entries')}>
        <FilterLine filter={wish.filter} />
        <p>
          {t('paper.listed', { text: integer(data.rows.length), all: integer(data.matching) })}
          {data.rows.length < data.matching && t('paper.rest')}
        </p>
        <Entries rows={data.rows} />
      </Section>
    </article>
  )
}

const Section = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <section>
    <h2>{title}</h2>
    {children}
  </section>
)

/** Times, numbers and names stay whole; only hashes and contents are broken anywhere. */
const unbroken = 24

const Table = ({
  heads,
  rows,
}: {
  readonly heads: readonly string[]
  readonly rows: readonly (readonly string[])[]
}) => (
  <table>
    <thead>
      <tr>
        {heads.map((head) => (
          <th key={head} scope="col">
            {head}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map((cells, nth) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: paper does not change
        <tr key={nth}>
          {cells.map((text, column) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: paper does not change
            <td key={column} className={text.length <= unbroken ? 'short' : undefined}>
              {text}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
)

const Verdict = ({ data: { verdict } }: { readonly data: ReportData }) => {
  const { t } = useTranslation('review')
  const { signatures } = verdict
  return (
    <section className={`verdict ${verdict.outcome}`}>
      <h2>{t(`verdict.${wordsFor(verdict)}`)}</h2>
      <p>{t(`verdict.${wordsFor(verdict)}Hint`)}</p>
      <p className="strong">
        {t('signatures', { verified: integer(signatures.verified), all: integer(signatures.all) })}
        {signatures.unconfirmed > 0 && `　${t('signaturesUnconfirmed', { text: integer(signatures.unconfirmed) })}`}
      </p>
    </section>
  )
}

/** What was counted, and how. */
const Figures = ({ data }: { readonly data: ReportData }) => {
  const { t } = useTranslation('review')
  const { verdict, summary, file } = data
  const { manifest } = verdict
  const rows: (readonly [string, string, string])[] = [
    [t('paper.file'), file, t('paper.fileMethod')],
    ...(manifest === null
      ? []
      : [
          [t('fact.log'), manifest.origin, t('paper.logMethod')] as const,
          [
            t('fact.range'),
            t('fact.rangeValue', {
              from: integer(manifest.from),
              to: integer(manifest.to - 1),
              count: manifest.to - manifest.from,
              text: integer(manifest.to - manifest.from),
            }),
            t('paper.rangeMethod'),
          ] as const,
          [
            t('fact.made'),
            t('fact.madeValue', { at: dateTime(manifest.at), by: manifest.by ?? t('fact.nobody') }),
            t('paper.madeMethod'),
          ] as const,
        ]),
    ...(verdict.digest === null ? [] : [[t('fact.digest'), verdict.digest, t('paper.digestMethod')] as const]),
    [
      t('paper.signatures'),
      t('signatures', { verified: integer(verdict.signatures.verified), all: integer(verdict.signatures.all) }),
      t('paper.signaturesMethod'),
    ],
    ...entryStandingList.map(
      (standing) =>
        [
          t(`standing.${standing}`),
          t('entries', { text: integer(summary.standings[standing] ?? 0) }),
          t(`standingHint.${standing}`),
        ] as const,
    ),
    [
      t('paper.unapproved'),
      t('entries', { text: integer(summary.unapproved.count) }),
      t('paper.unapprovedMethod'),
    ] as const,
    ...(summary.firstAt === null || summary.lastAt === null
      ? []
      : [
          [
            t('fact.span'),
            `${dateTime(summary.firstAt)} 〜 ${dateTime(summary.lastAt)}`,
            t('paper.spanMethod', { zone: 'JST' }),
          ] as const,
        ]),
    [t('fact.verifiedAt'), dateTime(summary.at), t('paper.verifiedMethod', { version: data.version })],
    ...verdict.steps.map(
      ({ step, state, done, all }) =>
        [
          t(`step.${step}`),
          `${t(`stepState.${state}`)}　${integer(done)} / ${integer(all)}`,
          t(`stepMethod.${step}`),
        ] as const,
    ),
  ]
  return (
    <Section title={t('paper.figures')}>
      <Table heads={[t('paper.figure'), t('paper.value'), t('paper.method')]} rows={rows} />
    </Section>
  )
}

const Keys = ({ data: { verdict, trusted } }: { readonly data: ReportData }) => {
  const { t } = useTranslation('review')
  const labels = new Map(trusted.map(({ kind, key, label }) => [`${kind} ${key}`, label]))
  return (
    <Section title={t('key.title')}>
      <p>{t('paper.keysMethod')}</p>
      <Table
        heads={[t('column.kind'), t('column.owner'), t('column.key'), t('column.signatures'), t('column.trust')]}
        rows={verdict.keys.map(({ kind, key, name, standing, signatures }) => [
          t(`key.${kind}`),
          [name, labels.get(`${kind} ${key}`)].filter(Boolean).join(' / '),
          key,
          integer(signatures),
          t(standing === 'trusted' ? 'key.trusted' : 'key.unconfirmed'),
        ])}
      />
    </Section>
  )
}

const Entries = ({ rows }: { readonly rows: readonly ReviewRow[] }) => {
  const { t } = useTranslation('review')
  const actorName = useActorName()
  return (
    <Table
      heads={[
        t('column.index'),
        t('column.time'),
        t('column.actor'),
        t('column.command'),
        t('column.content'),
        t('column.standing'),
      ]}
      rows={rows.map((row) => [
        integer(row.index),
        dateTime(row.at),
        actorName(row.actor),
        commandTitle(row.command),
        row.excerpt,
        t(`standing.${row.standing}`),
      ])}
    />
  )
}

/** A filter in words, so that the list can be made again. */
const FilterLine = ({ filter }: { readonly filter: ReviewFilter }) => {
  const { t } = useTranslation('review')
  const actorName = useActorName()
  const parts = [
    filter.text === '' ? null : `${t('filter.text')}：${filter.text}`,
    filter.from === null && filter.to === null
      ? null
      : `${filter.from === null ? '' : dateTime(filter.from)} 〜 ${filter.to === null ? '' : dateTime(filter.to)}`,
    filter.actors.map(actorName).join(' · '),
    filter.commands.map(commandTitle).join(' · '),
    filter.risks.map((it) => `${t('filter.risk')}：${t(`risk.${it}`)}`).join(' · '),
    filter.outcomes.map((it) => t(`outcome.${it}`)).join(' · '),
    filter.standings.map((it) => t(`standing.${it}`)).join(' · '),
    filter.object === null ? null : `${filter.object.kind} ${filter.object.value}`,
    filter.noted ? t('filter.noted') : null,
  ].filter(Boolean)
  return <p>{t('paper.filter', { filter: parts.length === 0 ? t('paper.everything') : parts.join(' / ') })}</p>
}
