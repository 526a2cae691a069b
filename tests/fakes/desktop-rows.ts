import type { AlertRow, RuleRow, SilenceRow } from '#protocol/alerts.ts'
import { collectionsByName } from '#protocol/catalogue.ts'
import type { Json } from '#protocol/command.ts'
import { type EventRow, eventKey, type HandoverRow } from '#protocol/events.ts'
import type { InstanceRow, ModuleRow } from '#protocol/hub.ts'
import type { OperatorRow, SessionRow, TokenRow } from '#protocol/session.ts'

export type FakeRow = Readonly<Record<string, Json>>
export type FakeRows = Record<string, readonly FakeRow[]>

export const keyOf = (collection: string, row: FakeRow): string => collectionsByName.get(collection)?.key(row) ?? ''

const plain = (rows: readonly object[]): readonly FakeRow[] => rows as readonly FakeRow[]
const pick = <T>(list: readonly T[], index: number): T => list[index % list.length] as T

const kinds = [
  {
    code: 'session.opened',
    category: 'user',
    severity: 'info',
    module: 'session',
    params: { operator: 'tanaka', client: 'Libral Control Center 0.1.0' },
  },
  { code: 'hub.module-running', category: 'system', severity: 'info', module: 'hub', params: { module: 'alerts' } },
  {
    code: 'events.api-error',
    category: 'api',
    severity: 'warning',
    module: 'hub',
    params: { procedure: 'command.submit', code: 'module.stopped', count: 3 },
  },
  {
    code: 'alerts.fired',
    category: 'system',
    severity: 'major',
    module: 'alerts',
    params: { rule: 'ディスク使用率', value: '87.2', seconds: 60 },
  },
  { code: 'hub.module-degraded', category: 'system', severity: 'minor', module: 'hub', params: { module: 'telegram' } },
  {
    code: 'events.note',
    category: 'payment',
    severity: 'notice',
    module: 'payments',
    params: { title: '決済の照合が完了しました' },
  },
  { code: 'hub.crashed', category: 'system', severity: 'critical', module: 'hub', params: { instance: 'i-2f9c' } },
] as const

export const fakeEvent = (index: number, now: number, total: number): FakeRow => {
  const kind = pick(kinds, index * 5 + (index >> 3))
  const open = !['info', 'notice'].includes(kind.severity)
  const acknowledged = open && index % 3 === 0
  const row = {
    key: eventKey(index, 0),
    at: now - (total - index) * 7_300,
    ...kind,
    actor: pick(['local', 'tanaka', 'sato', 'service:hub'], index),
    correlation: `01939b6c-0000-7000-8000-${String(index).padStart(12, '0')}`,
    detail: index % 6 === 0 ? '時間内に応答がありませんでした' : '',
    state: acknowledged ? 'acknowledged' : open ? 'open' : 'none',
    acknowledgedBy: acknowledged ? 'sato' : null,
    acknowledgedAt: acknowledged ? now - 60_000 : null,
    note: acknowledged ? '再起動して復旧を確認しました' : '',
  }
  return row as unknown as EventRow as unknown as FakeRow
}

const modules = (now: number): readonly ModuleRow[] =>
  (['hub', 'session', 'events', 'alerts', 'telegram', 'payments'] as const).map((module, index) => ({
    module,
    instance: 'i-local',
    version: '0.1.0',
    essential: index < 2,
    state: pick(['running', 'running', 'running', 'running', 'degraded', 'stopped'] as const, index),
    reason: '',
    restarts: index === 4 ? 2 : 0,
    since: now - 3_600_000 * (index + 1),
  }))

const alert = (now: number, index: number, state: AlertRow['state']): AlertRow => ({
  key: `disk-${index}/i-local/${now - index * 400_000}`,
  rule: `disk-${index}`,
  name: pick(['ディスク使用率', 'APIエラー率', 'メモリ使用率', 'テレメトリーの途絶'], index),
  instance: 'i-local',
  severity: pick(['major', 'critical', 'warning', 'minor'] as const, index),
  state,
  value: '87.2',
  metric: pick(['machine.disk.max.percent', 'api.errors.percent', 'machine.memory.percent', ''], index),
  firedAt: now - index * 400_000 - 60_000,
  acknowledgedAt: state === 'firing' ? null : now - 30_000,
  acknowledgedBy: state === 'firing' ? null : ('tanaka' as AlertRow['acknowledgedBy']),
  note: state === 'firing' ? '' : '対応中です',
  resolvedAt: state === 'resolved' ? now - 10_000 : null,
  notifying: index !== 2,
})

const rule = (now: number, index: number): RuleRow => ({
  rule: `disk-${index}`,
  name: pick(['ディスク使用率', 'APIエラー率', 'メモリ使用率', 'テレメトリーの途絶'], index),
  severity: pick(['major', 'critical', 'warning', 'minor'] as const, index),
  condition:
    index === 3
      ? { kind: 'silence', forSeconds: 30 }
      : {
          kind: 'threshold',
          metric: pick(['machine.disk.max.percent', 'api.errors.percent', 'machine.memory.percent'], index),
          above: true,
          threshold: '85',
          forSeconds: 60,
        },
  watching: index !== 1,
  notifying: true,
  builtIn: index < 3,
  changedAt: now - 86_400_000,
  changedBy: 'local' as RuleRow['changedBy'],
})

/** One of everything, `events` as many as asked. */
export const fakeRows = (now: number, events: number): FakeRows => ({
  events: Array.from({ length: events }, (_, index) => fakeEvent(index, now, events)),
  'events.handovers': plain([
    {
      key: eventKey(10, 0),
      at: now - 30_000_000,
      by: 'sato',
      shift: '2026/11/20 夜勤',
      text: 'ディスクの使用率が高めです。朝に古いログを整理してください。',
    },
    { key: eventKey(20, 0), at: now - 4_000_000, by: 'tanaka', shift: '2026/11/21 日勤', text: '特になし。' },
  ] satisfies readonly (Omit<HandoverRow, 'by'> & { by: string })[]),
  'hub.modules': plain(modules(now)),
  'hub.instances': plain([
    {
      instance: 'i-local',
      version: '0.1.0',
      hostname: 'console-01',
      pid: 4_120,
      mode: 'embedded',
      state: 'running',
      startedAt: now - 7_200_000,
      stoppedAt: null,
    },
    {
      instance: 'i-2f9c',
      version: '0.1.0',
      hostname: 'console-01',
      pid: 3_988,
      mode: 'embedded',
      state: 'crashed',
      startedAt: now - 90_000_000,
      stoppedAt: now - 80_000_000,
    },
  ] satisfies readonly InstanceRow[]),
  alerts: plain([
    alert(now, 0, 'firing'),
    alert(now, 1, 'firing'),
    alert(now, 2, 'acknowledged'),
    alert(now, 3, 'resolved'),
  ]),
  'alerts.rules': plain([0, 1, 2, 3].map((index) => rule(now, index))),
  'alerts.silences': plain([
    {
      rule: 'disk-2',
      until: now + 5_400_000,
      by: 'sato' as SilenceRow['by'],
      note: '入れ替え作業のため',
      since: now - 600_000,
    },
  ] satisfies readonly SilenceRow[]),
  'session.operators': plain([
    { operator: 'local', name: '運用端末', roles: ['operator', 'administrator'], disabled: false, since: now - 9e8 },
    { operator: 'tanaka', name: '田中 花子', roles: ['operator'], disabled: false, since: now - 8e8 },
    { operator: 'sato', name: '佐藤 健', roles: ['operator', 'auditor'], disabled: true, since: now - 7e8 },
  ] as unknown as readonly OperatorRow[]),
  'session.sessions': plain([
    {
      key: 'AAAAAAAAAAAAAAAAAAAAAA',
      publicKey: 'A'.repeat(43),
      operator: 'local',
      client: 'Libral Control Center 0.1.0 (console-01)',
      method: 'launch',
      token: null,
      openedAt: now - 3_600_000,
      expiresAt: now + 39_600_000,
      endedAt: null,
    },
  ] as unknown as readonly SessionRow[]),
  'session.tokens': plain([
    {
      digest: 'B'.repeat(43),
      operator: 'tanaka',
      label: '田中のノートPC',
      issuedAt: now - 8e8,
      expiresAt: now + 8e8,
      revokedAt: null,
    },
    {
      digest: 'C'.repeat(43),
      operator: 'sato',
      label: '共用端末',
      issuedAt: now - 9e8,
      expiresAt: now + 1e8,
      revokedAt: now - 1e8,
    },
  ] as unknown as readonly TokenRow[]),
})
