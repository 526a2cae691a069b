/**
 * What the lines of イベント and アラート say, in both languages. It is part of the contract: the renderer shows these
 * texts, the replica searches the Japanese ones. `{{name}}` is replaced by a parameter.
 */
export const notices = {
  'log.key-replaced': {
    ja: '記録の鍵を取り替えました。新旧両方の鍵で署名されています',
    en: 'The key of the log was replaced; both keys signed it',
  },
  'log.restored': {
    ja: 'バックアップから復元しました（{{operator}}）。監査ログは、{{size}}件目までを引き継いだ別の記録です',
    en: 'A backup was restored ({{operator}}); the log is another one, going on from {{size}} entries',
  },
  'log.genesis': { ja: 'この配備の記録を開始しました', en: 'The record of this deployment began' },
  'policy.published': {
    ja: 'ポリシーの第{{version}}版を公開しました',
    en: 'Version {{version}} of the policy was published',
  },
  'policy.seeded': {
    ja: '既定のポリシーを第{{version}}版として記録しました',
    en: 'The policy that came with this build was recorded as version {{version}}',
  },
  'session.opened': {
    ja: '「{{operator}}」がサインインしました（{{client}}）',
    en: '{{operator}} signed in ({{client}})',
  },
  'session.ended': { ja: '「{{operator}}」がサインアウトしました', en: '{{operator}} signed out' },
  'session.operator-registered': { ja: '利用者「{{operator}}」を登録しました', en: 'User {{operator}} was registered' },
  'session.operator-changed': {
    ja: '利用者「{{operator}}」の役割を変更しました',
    en: 'Roles of {{operator}} were changed',
  },
  'session.contact-set': {
    ja: '利用者「{{operator}}」の緊急連絡先を封印して登録しました',
    en: 'The emergency contact of {{operator}} was sealed and stored',
  },
  'session.token-issued': {
    ja: '「{{operator}}」にトークン「{{label}}」を発行しました',
    en: 'Token “{{label}}” was issued to {{operator}}',
  },
  'session.token-revoked': { ja: 'トークン「{{label}}」を無効にしました', en: 'Token “{{label}}” was revoked' },
  'session.code-issued': {
    ja: '最初の管理者のためのコードを発行しました',
    en: 'A code for the first administrator was issued',
  },
  'session.recovery-code-issued': {
    ja: '復旧用のコードをバックエンドの起動時に発行しました',
    en: 'A recovery code was issued at the start of the backend',
  },
  'session.code-redeemed': {
    ja: '「{{operator}}」がコードで管理者としてサインインしました',
    en: '{{operator}} signed in as administrator with a code',
  },
  'session.certificate-registered': {
    ja: '「{{operator}}」の証明書を登録しました（{{fingerprint}}）',
    en: 'A certificate of {{operator}} was registered ({{fingerprint}})',
  },
  'session.certificate-retired': {
    ja: '「{{operator}}」の証明書の使用を終了しました（{{fingerprint}}）',
    en: 'A certificate of {{operator}} was retired ({{fingerprint}})',
  },
  'session.certificate-compromised': {
    ja: '「{{operator}}」の証明書を危殆化として失効しました（{{fingerprint}}）',
    en: 'A certificate of {{operator}} was revoked as compromised ({{fingerprint}})',
  },
  'session.refusals': {
    ja: '「{{actor}}」の要求を{{count}}件拒否しました（{{reason}}）',
    en: '{{count}} requests of {{actor}} were refused ({{reason}})',
  },
  'hub.started': { ja: 'バックエンド「{{instance}}」が起動しました', en: 'Backend {{instance}} started' },
  'hub.stopped': { ja: 'バックエンド「{{instance}}」が停止しました', en: 'Backend {{instance}} stopped' },
  'hub.crashed': {
    ja: 'バックエンド「{{instance}}」が異常終了していました',
    en: 'Backend {{instance}} had ended abnormally',
  },
  'hub.instance-forgotten': {
    ja: 'インスタンス「{{instance}}」を一覧から外しました',
    en: 'Instance {{instance}} was taken off the list',
  },
  'hub.start-requested': {
    ja: 'モジュール「{{module}}」の開始を受け付けました',
    en: 'Start of module {{module}} was requested',
  },
  'hub.stop-requested': {
    ja: 'モジュール「{{module}}」の停止を受け付けました',
    en: 'Stop of module {{module}} was requested',
  },
  'hub.restart-requested': {
    ja: 'モジュール「{{module}}」の再起動を受け付けました',
    en: 'Restart of module {{module}} was requested',
  },
  'hub.module-running': { ja: 'モジュール「{{module}}」が稼働中になりました', en: 'Module {{module}} is running' },
  'hub.module-stopped': { ja: 'モジュール「{{module}}」が停止しました', en: 'Module {{module}} stopped' },
  'hub.module-failed': { ja: 'モジュール「{{module}}」が異常停止しました', en: 'Module {{module}} failed' },
  'hub.module-degraded': { ja: 'モジュール「{{module}}」の性能が低下しています', en: 'Module {{module}} is degraded' },
  'hub.collection-rebuilt': {
    ja: '一覧「{{collection}}」を記録から再構築しました',
    en: 'Collection {{collection}} was rebuilt from the log',
  },
  'events.acknowledged': { ja: '{{count}}件のイベントを確認済みにしました', en: '{{count}} events were acknowledged' },
  'events.handed-over': { ja: '引き継ぎメモを残しました', en: 'A handover note was left' },
  'events.api-error': {
    ja: 'API「{{procedure}}」でエラーが{{count}}件発生しました（{{code}}）',
    en: 'API {{procedure}} failed, count: {{count}} ({{code}})',
  },
  'events.note': { ja: '{{title}}', en: '{{title}}' },
  'alerts.fired': { ja: 'アラート「{{rule}}」が発生しました（{{value}}）', en: 'Alert “{{rule}}” fired ({{value}})' },
  'alerts.silent': {
    ja: 'アラート「{{rule}}」：{{seconds}}秒間データがありません',
    en: 'Alert “{{rule}}”: no data for {{seconds}} s',
  },
  'alerts.resolved': { ja: 'アラート「{{rule}}」が復旧しました', en: 'Alert “{{rule}}” resolved' },
  'alerts.acknowledged': { ja: 'アラート「{{rule}}」を確認済みにしました', en: 'Alert “{{rule}}” was acknowledged' },
  'alerts.silenced': {
    ja: 'アラート「{{rule}}」を{{until}}まで無通知にしました',
    en: 'Alert “{{rule}}” was silenced until {{until}}',
  },
  'alerts.unsilenced': {
    ja: 'アラート「{{rule}}」の無通知を解除しました',
    en: 'Silence of alert “{{rule}}” was lifted',
  },
  'alerts.rule-saved': { ja: 'アラートルール「{{rule}}」を保存しました', en: 'Alert rule “{{rule}}” was saved' },
  'alerts.rule-removed': { ja: 'アラートルール「{{rule}}」を削除しました', en: 'Alert rule “{{rule}}” was removed' },
  'sealed.term-set': {
    ja: '封印の区分「{{class}}」の保存期間を{{days}}日にしました',
    en: 'Class {{class}} is kept for {{days}} days',
  },
  'sealed.custodian-added': {
    ja: '封印の区分「{{class}}」の鍵管理者に「{{custodian}}」を加えました',
    en: '{{custodian}} became a custodian of class {{class}}',
  },
  'sealed.custodian-removed': {
    ja: '封印の区分「{{class}}」の鍵管理者から「{{custodian}}」を外しました',
    en: '{{custodian}} is no longer a custodian of class {{class}}',
  },
  'sealed.recovery-added': {
    ja: '封印の区分「{{class}}」に復旧鍵を加えました（{{custodian}}）',
    en: 'Class {{class}} got a recovery key ({{custodian}})',
  },
  'sealed.recovery-removed': {
    ja: '封印の区分「{{class}}」から復旧鍵を外しました（{{custodian}}）',
    en: 'The recovery key of class {{class}} was removed ({{custodian}})',
  },
  'sealed.recovery-proved': {
    ja: '封印の区分「{{class}}」の復旧鍵を紙から読み戻して確かめました',
    en: 'The recovery key of class {{class}} was read back from its paper',
  },
  'sealed.opened': { ja: '「{{subject}}」の封印を開く記録を残しました', en: 'An opening of {{subject}} was recorded' },
  'sealed.rewrap-begun': {
    ja: '区分「{{class}}」の封印の鍵を「{{custodian}}」に渡し始めました',
    en: 'Keys of class {{class}} are being rewrapped for {{custodian}}',
  },
  'sealed.rewrap-done': {
    ja: '封印の鍵の受け渡しを終えました（{{keys}}個）',
    en: 'A rewrap was completed ({{keys}} keys)',
  },
  'sealed.rewrap-cancelled': {
    ja: '封印の鍵の受け渡しを中止しました（{{keys}}個まで）',
    en: 'A rewrap was cancelled (after {{keys}} keys)',
  },
  'sealed.erased': {
    ja: '「{{subject}}」の封印した値を消去しました',
    en: 'The sealed values of {{subject}} were erased',
  },
  'approvals.proposed': {
    ja: '「{{operator}}」が{{command}}の承認を依頼しました',
    en: '{{operator}} asked for approval of {{command}}',
  },
  'approvals.approved': {
    ja: '「{{operator}}」が{{command}}を承認しました',
    en: '{{operator}} approved {{command}}',
  },
  'approvals.rejected': {
    ja: '「{{operator}}」が{{command}}を却下しました',
    en: '{{operator}} rejected {{command}}',
  },
  'approvals.withdrawn': {
    ja: '「{{operator}}」が{{command}}の承認依頼を取り下げました',
    en: '{{operator}} withdrew the proposal of {{command}}',
  },
  'approvals.broke-glass': {
    ja: '【緊急操作】「{{operator}}」が承認を待たずに{{command}}を実行しました。事後確認が必要です',
    en: 'Emergency: {{operator}} carried out {{command}} without approvals; it must be reviewed',
  },
  'approvals.reviewed': {
    ja: '「{{operator}}」が緊急操作（{{command}}）の事後確認をしました',
    en: '{{operator}} reviewed the emergency use of {{command}}',
  },
  'approvals.expired': {
    ja: '「{{operator}}」による{{command}}の承認依頼が期限切れになりました',
    en: 'The proposal of {{command}} by {{operator}} expired',
  },
  'approvals.failed': {
    ja: '承認がそろった{{command}}（依頼：「{{operator}}」）は、現在の状態では実行できませんでした',
    en: '{{command}}, proposed by {{operator}}, had its approvals but could not be carried out as things stand now',
  },
  'approvals.decided': {
    ja: '{{command}}を実行しました（承認：{{operators}}）',
    en: '{{command}} was carried out, approved by {{operators}}',
  },
  'approvals.decided-emergency': {
    ja: '【緊急操作】{{command}}を承認なしで実行しました（{{operators}}）',
    en: 'Emergency: {{command}} was carried out without approvals by {{operators}}',
  },
} as const satisfies Record<string, { readonly ja: string; readonly en: string }>

export type NoticeCode = keyof typeof notices
export type Locale = 'ja' | 'en'

export const noticeCodes = Object.keys(notices) as readonly NoticeCode[]

/** Modules as the screen names them, for what is said of them. */
export const moduleNames: Readonly<Record<Locale, Readonly<Record<string, string>>>> = {
  ja: { hub: 'ハブ', events: 'イベント', alerts: 'アラート', session: 'セッション', sealed: '封印', approvals: '承認' },
  en: {
    hub: 'Hub',
    events: 'Events',
    alerts: 'Alerts',
    session: 'Sessions',
    sealed: 'Sealed values',
    approvals: 'Approvals',
  },
}

const worded = (locale: Locale, name: string, value: string | number): string => {
  const names = moduleNames[locale]
  const text = String(value)
  return name === 'module' && Object.hasOwn(names, text) ? (names[text] ?? text) : text
}

/**
 * A notice in words. An unknown code (from a newer backend) reads as the code itself; a missing parameter stays visible
 * as `{{name}}` rather than vanishing.
 */
export const noticeText = (locale: Locale, code: string, params: Readonly<Record<string, string | number>>): string => {
  const template = Object.hasOwn(notices, code) ? notices[code as NoticeCode][locale] : code
  return template.replace(/\{\{(\w+)\}\}/g, (whole, name: string) =>
    Object.hasOwn(params, name) ? worded(locale, name, params[name] ?? '') : whole,
  )
}
