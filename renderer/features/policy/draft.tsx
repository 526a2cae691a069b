import { clsx } from 'clsx'
import { useDeferredValue, useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { PolicyProblem, PolicyVersionRow } from '#protocol/policy.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { usePermitted } from '../../app/streams.ts'
import { submit } from '../../app/submit.ts'
import { Button } from '../../ui/button.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Status } from '../../ui/status.tsx'
import { DiffView } from './diff-view.tsx'
import { changesOf, type EffectChange } from './effects.ts'
import { Cell } from './in-force.tsx'
import { useCheck } from './use-check.ts'
import { usePolicyWords } from './words.ts'

export interface DraftText {
  readonly text: string
  /** Hash of the set that was in force when the draft was last compared with it. */
  readonly base: string
  /** Why, in words of the one who will publish it. */
  readonly note: string
}

interface DraftProps {
  readonly inForce: PolicyVersionRow
  readonly draft: DraftText | null
  readonly onDraft: (draft: DraftText | null) => void
}

/** 編集と公開: a text that is checked as it is typed, and what would change with it. */
export const Draft = ({ inForce, draft, onDraft }: DraftProps) => {
  const { t } = useTranslation('policy')
  const may = usePermitted('policy.publish')
  const edit = (text: string): void => onDraft({ note: '', ...draft, text, base: draft?.base ?? inForce.hash })
  if (draft === null) {
    return (
      <Panel title={t('tabs.draft')}>
        <p className="mb-3 text-muted">{may ? t('draft.startHint') : t('draft.readOnly')}</p>
        <Button look="primary" onClick={() => edit(inForce.text)}>
          {t('draft.start')}
        </Button>
      </Panel>
    )
  }
  const load = async (): Promise<void> => {
    const seed = await act(() => desktop.policy.seed({}))
    if (seed) edit(seed.text)
  }
  return (
    <>
      {draft.base !== inForce.hash && (
        <div role="alert" className="flex items-center gap-3 rounded-md border border-warning px-4 py-2">
          <Status tone="warning">{t('draft.moved', { version: inForce.version })}</Status>
          <Button small className="ml-auto" onClick={() => onDraft({ ...draft, base: inForce.hash })}>
            {t('draft.rebase')}
          </Button>
        </div>
      )}
      <Panel
        title={t('draft.label')}
        note={t('draft.hint')}
        actions={
          <>
            <Button small onClick={() => void load()}>
              {t('draft.seed')}
            </Button>
            <Button small onClick={() => onDraft(null)}>
              {t('draft.reset')}
            </Button>
          </>
        }
      >
        <Editor text={draft.text} onText={edit} />
      </Panel>
      <Consequences inForce={inForce} draft={draft} onDraft={onDraft} />
    </>
  )
}

/** Of the editor, px. */
const lineHeight = 20

/** Lines have numbers, those with an error a mark; an error leads to its place. */
const Editor = ({ text, onText }: { readonly text: string; readonly onText: (text: string) => void }) => {
  const { t } = useTranslation('policy')
  const area = useRef<HTMLTextAreaElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const list = useId()
  const { check, fresh, linked } = useCheck(useDeferredValue(text))
  const problems = check?.problems ?? []
  const marked = new Map(problems.toReversed().map((problem) => [problem.line, problem.severity]))
  const lines = text.split('\n')
  const lead = ({ line, column }: PolicyProblem): void => {
    const at = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1
    area.current?.focus()
    area.current?.setSelectionRange(at, at)
    frame.current?.scrollTo({ top: Math.max(0, line - 4) * lineHeight, left: 0 })
  }
  return (
    <div className="flex flex-col gap-2">
      <div ref={frame} className="max-h-[460px] overflow-auto rounded-md border border-line-strong bg-canvas">
        <div className="flex w-max min-w-full font-mono text-[13px] leading-5">
          <div aria-hidden="true" className="shrink-0 py-2 text-right text-faint select-none">
            {lines.map((_, nth) => (
              <div
                // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
                key={nth}
                className={clsx(
                  'w-12 pr-2',
                  marked.get(nth + 1) === 'error' && 'bg-major/25 font-bold text-major',
                  marked.get(nth + 1) === 'warning' && 'bg-warning/25 font-bold text-warning',
                )}
              >
                {nth + 1}
              </div>
            ))}
          </div>
          <textarea
            ref={area}
            aria-label={t('draft.label')}
            aria-describedby={list}
            aria-invalid={problems.some(({ severity }) => severity === 'error')}
            wrap="off"
            spellCheck={false}
            value={text}
            onChange={(event) => onText(event.target.value)}
            className="grow resize-none overflow-hidden bg-transparent px-2 py-2 text-text whitespace-pre [field-sizing:content] select-text"
          />
        </div>
      </div>
      <div id={list} role="status" className="flex flex-col gap-1">
        {!linked && <Status tone="off">{t('draft.unchecked')}</Status>}
        {linked && !fresh && <Status tone="busy">{t('draft.checking')}</Status>}
        {linked && fresh && problems.length === 0 && <Status tone="ok">{t('draft.fine')}</Status>}
        {problems.length > 0 && (
          <ul aria-label={t('draft.problems')} className="flex flex-col gap-1">
            {problems.map((problem) => (
              <li key={`${problem.line} ${problem.column} ${problem.code} ${problem.what}`}>
                <Problem problem={problem} onLead={() => lead(problem)} />
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  )
}

const Problem = ({ problem, onLead }: { readonly problem: PolicyProblem; readonly onLead: () => void }) => {
  const { t } = useTranslation('policy')
  const { code, what, hint, severity, line, column } = problem
  return (
    <span className="flex flex-wrap items-baseline gap-x-3">
      <Status tone={severity === 'error' ? 'bad' : 'warning'}>{t(severity)}</Status>
      <button type="button" onClick={onLead} className="font-bold text-accent underline">
        {t('place', { line, column })}
      </button>
      <span>{t(`problem.${code}`, { what })}</span>
      {hint !== '' && <span className="text-muted">{t(code === 'syntax' ? 'expected' : 'meant', { hint })}</span>}
    </span>
  )
}

const Consequences = ({ inForce, draft, onDraft }: Omit<DraftProps, 'draft'> & { readonly draft: DraftText }) => {
  const { t } = useTranslation('policy')
  const may = usePermitted('policy.publish')
  const { note } = draft
  const [sending, setSending] = useState(false)
  const now = useCheck(inForce.text)
  const next = useCheck(useDeferredValue(draft.text))
  const same = draft.text === inForce.text
  const valid = next.fresh && next.check?.problems.every(({ severity }) => severity !== 'error') === true
  const ready = may && valid && !same && draft.base === inForce.hash && note.trim() !== ''
  const publish = async (): Promise<void> => {
    setSending(true)
    const params = { text: draft.text, base: draft.base, note: note.trim() }
    const sent = await submit('policy.publish', params, t('draft.published'))
    setSending(false)
    if (sent?.state === 'accepted') onDraft(null)
  }
  if (same) return <p className="text-faint">{t('draft.same')}</p>
  return (
    <>
      {valid && now.check && next.check && <Changes changes={changesOf(now.check.effects, next.check.effects)} />}
      <Panel title={t('diff.title')}>
        <DiffView label={t('diff.title')} before={inForce.text} after={draft.text} />
      </Panel>
      {may ? (
        <Panel title={t('draft.publish')}>
          <div className="flex flex-col gap-3">
            <Field label={t('draft.note')} hint={t('draft.noteHint')}>
              {(ids) => (
                <TextInput
                  {...ids}
                  maxLength={200}
                  value={note}
                  onChange={(event) => onDraft({ ...draft, note: event.target.value })}
                />
              )}
            </Field>
            <div className="flex items-center gap-3">
              <Button look="primary" disabled={!ready || sending} onClick={() => void publish()}>
                {t('draft.publish')}
              </Button>
              <span className="text-muted">{t('draft.publishHint')}</span>
            </div>
          </div>
        </Panel>
      ) : (
        <p className="text-muted">{t('draft.readOnly')}</p>
      )}
    </>
  )
}

const tones = { more: 'warning', less: 'ok', other: 'busy' } as const

const Changes = ({ changes }: { readonly changes: readonly EffectChange[] }) => {
  const { t } = useTranslation('policy')
  const { t: common } = useTranslation()
  const { act: name } = usePolicyWords()
  return (
    <Panel title={t('changes.title')} padded={changes.length === 0}>
      {changes.length === 0 ? (
        <p className="text-faint">{t('changes.none')}</p>
      ) : (
        <DataTable
          label={t('changes.title')}
          rows={changes}
          rowKey={({ role, permission, command }) => `${role} ${permission} ${command ?? ''}`}
          columns={[
            { id: 'role', title: t('changes.role'), cell: ({ role }) => common(`role.${role}`) },
            { id: 'act', title: t('act'), cell: name },
            { id: 'before', title: t('changes.before'), cell: ({ before }) => <Cell effect={before} /> },
            { id: 'after', title: t('changes.after'), cell: ({ after }) => <Cell effect={after} /> },
            {
              id: 'direction',
              title: t('changes.direction'),
              cell: ({ direction }) =>
                direction === 'other' ? (
                  t('changes.other')
                ) : (
                  <Status tone={tones[direction]}>{t(`changes.${direction}`)}</Status>
                ),
            },
          ]}
        />
      )}
    </Panel>
  )
}
