// What scrolls has to be reached by the keyboard, so it is a focusable group.
// biome-ignore-all lint/a11y/noNoninteractiveTabindex: see above
// biome-ignore-all lint/a11y/useSemanticElements: see above
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Copy, FileCheck2, ListFilter, LockOpen, UserRound, X } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { EntryView } from '#protocol/review.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { commandTitle } from '../../app/submit.ts'
import { showToast } from '../../app/toasts.ts'
import { dateTime } from '../../format/instant.ts'
import { integer } from '../../format/number.ts'
import { useActorName } from '../../i18n/names.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Field, TextArea } from '../../ui/field.tsx'
import { Failed, Loading } from '../../ui/states/states.tsx'
import { Status } from '../../ui/status.tsx'
import { CertificateDialog } from './certificate-dialog.tsx'
import { Approvals } from './entry-approvals.tsx'
import { Fact, Part, Wrong } from './entry-parts.tsx'
import { OpenKeyFile, useKeyFile } from './key-file-panel.tsx'
import { Said } from './said.tsx'
import { StandingMark } from './standing.tsx'
import { showOnly, useReview } from './use-review.ts'

interface EntryPaneProps {
  readonly index: number
  readonly opened: { readonly at: number }
  readonly onClose: () => void
}

/** One entry in full: what was said, who signed it with which key, under which policy, and what proves it. */
export const EntryPane = ({ index, opened, onClose }: EntryPaneProps) => {
  const { t } = useTranslation('review')
  const { t: common } = useTranslation()
  const found = useQuery({
    queryKey: ['review', 'entry', opened.at, index],
    queryFn: () => desktop.review.entry({ index }),
    retry: false,
  })
  return (
    <aside
      aria-label={t('entry.title', { text: integer(index) })}
      className="flex h-full w-112 shrink-0 flex-col rounded-lg border border-line bg-surface"
    >
      <header className="flex h-11 shrink-0 items-center gap-2 border-line border-b px-4">
        <h2 className="figure flex-1 font-bold">{t('entry.title', { text: integer(index) })}</h2>
        <IconButton label={common('action.close')} onClick={onClose}>
          <X size={18} aria-hidden="true" />
        </IconButton>
      </header>
      <div
        tabIndex={0}
        role="group"
        aria-label={t('entry.contents')}
        className="min-h-0 flex-1 overflow-y-auto px-4 py-3"
      >
        {found.isPending && <Loading rows={8} />}
        {found.isError && <Failed failure={failureIn(found.error)} onRetry={() => void found.refetch()} />}
        {found.data && <Entry key={index} view={found.data} />}
      </div>
    </aside>
  )
}

const Entry = ({ view }: { readonly view: EntryView }) => {
  const { t } = useTranslation('review')
  const actorName = useActorName()
  const { row } = view
  return (
    <>
      <StandingMark standing={row.standing} />
      <p className="selectable mt-1 font-bold text-[16px]">
        {row.command === '' ? t('unreadable') : commandTitle(row.command)}
      </p>
      <p className="text-muted">{t(`standingHint.${row.standing}`)}</p>
      {view.findings.length > 0 && (
        <ul className="mt-2 flex flex-col gap-1">
          {view.findings.map(({ code }) => (
            <Wrong key={code}>{t(`finding.${code}`)}</Wrong>
          ))}
        </ul>
      )}
      <div className="flex flex-wrap gap-2 py-3">
        <Button
          small
          icon={<UserRound size={14} aria-hidden="true" />}
          onClick={() => showOnly({ actors: [row.actor] })}
        >
          {t('entry.actorStory')}
        </Button>
        <Button
          small
          icon={<Copy size={14} aria-hidden="true" />}
          onClick={() => {
            void navigator.clipboard.writeText(view.json)
            showToast({ tone: 'ok', title: t('entry.copied') })
          }}
        >
          {t('entry.copy')}
        </Button>
        <Certify index={row.index} />
      </div>
      <Part title={t('entry.said')}>
        <dl>
          <Fact name={t('column.time')}>
            <span className="figure">{dateTime(row.at)}</span>
          </Fact>
          <Fact name={t('column.actor')}>
            {actorName(row.actor)}{' '}
            {actorName(row.actor) !== row.actor && <span className="font-mono text-faint">{row.actor}</span>}
          </Fact>
          <Fact name={t('column.command')}>
            <span className="font-mono">{row.command}</span>
          </Fact>
          <Fact name={t('filter.risk')}>{row.risk === null ? t('risk.unknown') : t(`risk.${row.risk}`)}</Fact>
          <Fact name={t('column.outcome')}>{t(`outcome.${row.outcome}`)}</Fact>
        </dl>
        <Said json={view.json} />
        {view.sealed !== null && <SealedPart index={row.index} subject={view.sealed.subject} />}
      </Part>
      {view.objects.length > 0 && (
        <Part title={t('entry.objects')}>
          <ul className="flex flex-wrap gap-1.5">
            {view.objects.map((object) => (
              <li key={`${object.kind} ${object.value}`} className="max-w-full">
                <Button
                  small
                  className="max-w-full font-normal"
                  icon={<ListFilter size={14} aria-hidden="true" />}
                  onClick={() => showOnly({ object })}
                >
                  <span className="text-faint">
                    {t(`object.${object.kind}` as 'object.operator', { defaultValue: object.kind })}
                  </span>
                  <span className="truncate">{object.value}</span>
                </Button>
              </li>
            ))}
          </ul>
        </Part>
      )}
      {view.approvals !== null && <Approvals approvals={view.approvals} />}
      <Signatures view={view} />
      <Part title={t('entry.policy')}>
        <p className="selectable break-all font-mono">{view.policy.hash}</p>
        <p className="text-muted">
          {view.policy.known
            ? t('entry.policyKnown', { text: integer(view.policy.since ?? 0) })
            : t('entry.policyUnknown')}
        </p>
      </Part>
      <NoteEditor view={view} />
      <Proof view={view} />
      <Part title={t('entry.raw')}>
        <pre className="selectable whitespace-pre-wrap break-all rounded-md bg-canvas p-2 font-mono">{view.json}</pre>
      </Part>
    </>
  )
}

/** Of a bundle that does not hold, nothing is handed on as a proof. */
const Certify = ({ index }: { readonly index: number }) => {
  const { t } = useTranslation('review')
  const review = useReview()
  const [asked, setAsked] = useState(false)
  const verdict = review?.phase === 'open' ? review.verdict : null
  if (verdict === null || verdict.manifest === null || verdict.outcome === 'failed') return null
  return (
    <>
      <Button small icon={<FileCheck2 size={14} aria-hidden="true" />} onClick={() => setAsked(true)}>
        {t('certificate.make')}
      </Button>
      {asked && <CertificateDialog within={verdict.manifest} index={index} onClose={() => setAsked(false)} />}
    </>
  )
}

/** What is sealed is shown by the vault's own window, by the keys of a key file. */
const SealedPart = ({ index, subject }: { readonly index: number; readonly subject: string }) => {
  const { t } = useTranslation('review')
  const file = useKeyFile()
  const open = async (): Promise<void> => {
    const shown = await act(() => desktop.review.openSealed({ index }))
    if (shown === null) return
    const { matches } = shown
    showToast({ tone: matches ? 'ok' : 'bad', title: t(matches ? 'sealed.matches' : 'sealed.differs') })
  }
  return (
    <div className="mt-2 rounded-md border border-line-strong px-3 py-2">
      <p className="text-muted">{t(file === null ? 'entry.sealed' : 'sealed.withKeys', { subject })}</p>
      <div className="mt-2">
        {file === null ? (
          <OpenKeyFile small />
        ) : (
          <Button small look="primary" icon={<LockOpen size={14} aria-hidden="true" />} onClick={() => void open()}>
            {t('sealed.open')}
          </Button>
        )}
      </div>
    </div>
  )
}

const Signatures = ({ view }: { readonly view: EntryView }) => {
  const { t } = useTranslation('review')
  return (
    <Part title={t('entry.signatures')}>
      {view.signatures.map((signature) => (
        <div key={`${signature.kind} ${signature.key}`} className="mb-2">
          <Status tone={!signature.valid ? 'bad' : signature.trusted ? 'ok' : 'warning'}>
            {!signature.valid
              ? t('signature.invalid')
              : signature.trusted
                ? t('signature.verified')
                : t('signature.unconfirmed')}
          </Status>
          <dl>
            <Fact name={t('column.kind')}>{t(`signature.${signature.kind}`)}</Fact>
            {signature.names.length > 0 && <Fact name={t('column.owner')}>{signature.names.join(' · ')}</Fact>}
            <Fact name={t('column.key')}>
              <span className="font-mono">{signature.key}</span>
            </Fact>
            {signature.reason !== null && <Fact name={t('column.finding')}>{signature.reason}</Fact>}
          </dl>
        </div>
      ))}
    </Part>
  )
}

const NoteEditor = ({ view }: { readonly view: EntryView }) => {
  const { t } = useTranslation('review')
  const client = useQueryClient()
  const [text, setText] = useState(view.note?.text ?? '')
  const save = async (): Promise<void> => {
    await act(
      () => desktop.review.note({ index: view.row.index, text }),
      () => t(text.trim() === '' ? 'note.removed' : 'note.saved'),
    )
    await client.invalidateQueries({ queryKey: ['review'] })
  }
  return (
    <Part title={t('note.title')}>
      {view.note?.stale && <Status tone="bad">{t('note.stale')}</Status>}
      <Field label={t('note.label')} hint={t('note.hint')}>
        {(ids) => (
          <TextArea {...ids} value={text} maxLength={4_000} onChange={(event) => setText(event.target.value)} />
        )}
      </Field>
      <Button small className="mt-2" disabled={text === (view.note?.text ?? '')} onClick={() => void save()}>
        {t('note.save')}
      </Button>
    </Part>
  )
}

const Proof = ({ view }: { readonly view: EntryView }) => {
  const { t } = useTranslation('review')
  return (
    <Part title={t('entry.proof')}>
      <dl>
        <Fact name={t('proof.leaf')}>
          <span className="font-mono">{view.leaf}</span>
        </Fact>
        {view.proof === null ? (
          <Fact name={t('proof.path')}>{t('proof.none')}</Fact>
        ) : (
          <>
            <Fact name={t('column.size')}>{integer(view.proof.size)}</Fact>
            <Fact name={t('column.root')}>
              <span className="font-mono">{view.proof.root}</span>
            </Fact>
            <Fact name={t('proof.path')}>
              {view.proof.path.length === 0 ? t('proof.empty') : null}
              {view.proof.path.map((hash) => (
                <span key={hash} className="block font-mono">
                  {hash}
                </span>
              ))}
            </Fact>
          </>
        )}
      </dl>
    </Part>
  )
}
