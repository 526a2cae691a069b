import { accountName, providerName, recordText } from './payments-words.ts'

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
  'sealed.handed-over': {
    ja: '区分「{{class}}」の記録{{from}}〜{{last}}の封印の鍵を「{{receiver}}」に引き渡す記録を残しました',
    en: 'Keys of class {{class}}, entries {{from}} to {{last}}, are being handed over to {{receiver}}',
  },
  'sealed.hand-over-done': {
    ja: '封印の鍵の引き渡しを終えました（鍵{{keys}}個・対象{{subjects}}件）',
    en: 'Keys were handed over ({{keys}} keys of {{subjects}} subjects)',
  },
  'sealed.hand-over-cancelled': {
    ja: '封印の鍵の引き渡しを取りやめました',
    en: 'A hand-over of keys was called off',
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
  'payments.issuer-configured': {
    ja: '請求書・領収書の発行者を登録しました（登録番号：{{registration}}）',
    en: 'The issuer of invoices was registered (number: {{registration}})',
  },
  'payments.issued-invoice': {
    ja: '請求書{{number}}を発行しました（{{amount}}）',
    en: 'Invoice {{number}} was issued ({{amount}})',
  },
  'payments.issued-receipt': {
    ja: '領収書{{number}}を発行しました（{{amount}}）',
    en: 'Receipt {{number}} was issued ({{amount}})',
  },
  'payments.issued-credit': {
    ja: '返還請求書{{number}}を発行しました（{{amount}}）',
    en: 'Credit note {{number}} was issued ({{amount}})',
  },
  'payments.reissued': {
    ja: '{{number}}を再発行しました（{{amount}}）',
    en: '{{number}} was issued again ({{amount}})',
  },
  'payments.created': {
    ja: '{{provider}}で{{amount}}の支払いリンクを作成します',
    en: 'A payment link of {{amount}} is being made at {{provider}}',
  },
  'payments.asked-capture': {
    ja: '{{provider}}に{{amount}}の売上確定を依頼しました',
    en: '{{provider}} was asked to capture {{amount}}',
  },
  'payments.asked-cancel': {
    ja: '{{provider}}に{{amount}}の決済の取り消しを依頼しました',
    en: '{{provider}} was asked to cancel a payment of {{amount}}',
  },
  'payments.asked-refund': {
    ja: '{{provider}}に{{amount}}の返金を依頼しました',
    en: '{{provider}} was asked to refund {{amount}}',
  },
  'payments.entry-posted': {
    ja: '手動の仕訳を加えました（{{debit}} ／ {{credit}} {{amount}}）',
    en: 'A manual entry was posted ({{debit}} / {{credit}} {{amount}})',
  },
  'payments.accepted-create': {
    ja: '{{provider}}が支払いリンクの作成を受け付けました{{code}}',
    en: '{{provider}} took on the making of a link{{code}}',
  },
  'payments.unknown-create': {
    ja: '{{provider}}での支払いリンクの作成の結果がわかりません。問い合わせを続けます（{{code}}）',
    en: 'What came of the making of a link at {{provider}} is unknown; it is asked again ({{code}})',
  },
  'payments.refused-create': {
    ja: '{{provider}}が支払いリンクの作成を断りました（{{code}}）',
    en: '{{provider}} refused the making of a link ({{code}})',
  },
  'payments.accepted-capture': {
    ja: '{{provider}}が売上確定を受け付けました{{code}}',
    en: '{{provider}} took on the capture{{code}}',
  },
  'payments.unknown-capture': {
    ja: '{{provider}}での売上確定の結果がわかりません。問い合わせを続けます（{{code}}）',
    en: 'What came of the capture at {{provider}} is unknown; it is asked again ({{code}})',
  },
  'payments.refused-capture': {
    ja: '{{provider}}が売上確定を断りました（{{code}}）',
    en: '{{provider}} refused the capture ({{code}})',
  },
  'payments.accepted-cancel': {
    ja: '{{provider}}が取り消しを受け付けました{{code}}',
    en: '{{provider}} took on the cancellation{{code}}',
  },
  'payments.unknown-cancel': {
    ja: '{{provider}}での取り消しの結果がわかりません。問い合わせを続けます（{{code}}）',
    en: 'What came of the cancellation at {{provider}} is unknown; it is asked again ({{code}})',
  },
  'payments.refused-cancel': {
    ja: '{{provider}}が取り消しを断りました（{{code}}）',
    en: '{{provider}} refused the cancellation ({{code}})',
  },
  'payments.accepted-refund': {
    ja: '{{provider}}が返金を受け付けました{{code}}',
    en: '{{provider}} took on the refund{{code}}',
  },
  'payments.unknown-refund': {
    ja: '{{provider}}での返金の結果がわかりません。問い合わせを続けます（{{code}}）',
    en: 'What came of the refund at {{provider}} is unknown; it is asked again ({{code}})',
  },
  'payments.refused-refund': {
    ja: '{{provider}}が返金を断りました（{{code}}）',
    en: '{{provider}} refused the refund ({{code}})',
  },
  'payments.now-created': {
    ja: '{{provider}}：決済の状態が変わりました',
    en: '{{provider}}: A payment changed',
  },
  'payments.now-pending': {
    ja: '{{provider}}：支払いを待っています',
    en: '{{provider}}: A payment waits',
  },
  'payments.now-authorised': {
    ja: '{{provider}}：与信を確保しました',
    en: '{{provider}}: A payment was authorised',
  },
  'payments.now-captured': {
    ja: '{{provider}}：{{amount}}の支払いを受け取りました',
    en: '{{provider}}: {{amount}} was paid',
  },
  'payments.now-partly-refunded': {
    ja: '{{provider}}：一部の返金が済みました',
    en: '{{provider}}: A part was refunded',
  },
  'payments.now-refunded': {
    ja: '{{provider}}：全額の返金が済みました',
    en: '{{provider}}: All of a payment was refunded',
  },
  'payments.now-disputed': {
    ja: '{{provider}}：購入者が支払いに異議を申し立てています',
    en: '{{provider}}: A buyer disputes a payment',
  },
  'payments.now-cancelled': {
    ja: '{{provider}}：決済が取り消されました',
    en: '{{provider}}: A payment was cancelled',
  },
  'payments.now-failed': {
    ja: '{{provider}}：決済が失敗しました',
    en: '{{provider}}: A payment failed',
  },
  'payments.now-unknown': {
    ja: '{{provider}}：決済の状態を確かめています',
    en: '{{provider}}: A payment is being looked into',
  },
  'payments.case-amount-differs': {
    ja: '【要対応】{{provider}}：金額または通貨が食い違っています。お金は動かしていません（先方 {{theirs}}、こちら {{ours}}）',
    en: '{{provider}}: amount or currency differs, and no money was moved (theirs {{theirs}}, ours {{ours}})',
  },
  'payments.case-too-much': {
    ja: '【要対応】{{provider}}：注文または売上より多い金額です。お金は動かしていません（先方 {{theirs}}、こちら {{ours}}）',
    en: '{{provider}}: more than was ordered or captured, and no money was moved (theirs {{theirs}}, ours {{ours}})',
  },
  'payments.case-contradiction': {
    ja: '【要対応】{{provider}}：決済の状態が帳簿と矛盾しています（先方 {{theirs}}、こちら {{ours}}）',
    en: '{{provider}}: the state contradicts the books (theirs {{theirs}}, ours {{ours}})',
  },
  'payments.case-paid-late': {
    ja: '【要対応】{{provider}}：終了した決済に支払いがありました（{{theirs}}）',
    en: '{{provider}}: paid after it had ended ({{theirs}})',
  },
  'payments.case-refunded-elsewhere': {
    ja: '【要対応】{{provider}}：この画面以外から返金されています（{{theirs}}）',
    en: '{{provider}}: refunded, but not from here ({{theirs}})',
  },
  'payments.case-reference-taken': {
    ja: '【要対応】{{provider}}：同じ番号が別の決済で使われています（{{theirs}}）',
    en: '{{provider}}: an id belongs to another payment here ({{theirs}})',
  },
  'payments.case-stray': {
    ja: '【要対応】{{provider}}：こちらにない決済があります（{{theirs}}）',
    en: '{{provider}}: a payment that is not here ({{theirs}})',
  },
  'payments.case-dispute': {
    ja: '【要対応】{{provider}}：購入者が異議を申し立てました（{{theirs}}）',
    en: '{{provider}}: the buyer disputes ({{theirs}})',
  },
  'payments.case-unknown-for-long': {
    ja: '【要対応】{{provider}}：1日たっても結果がわかりません（{{theirs}}）',
    en: '{{provider}}: still unknown after a day ({{theirs}})',
  },
  'payments.case-missing-here': {
    ja: '【要対応】{{provider}}：先方の取引が、こちらの帳簿にありません（{{theirs}}）',
    en: '{{provider}}: what they account for is not in the books here ({{theirs}})',
  },
  'payments.case-missing-there': {
    ja: '【要対応】{{provider}}：帳簿の取引が、先方の記録にありません（{{ours}}）',
    en: '{{provider}}: what is booked here is not in their account ({{ours}})',
  },
  'payments.case-statement-differs': {
    ja: '【要対応】{{provider}}：先方の記録と、帳簿の金額が違います（先方 {{theirs}}、こちら {{ours}}）',
    en: '{{provider}}: their account and the books differ (theirs {{theirs}}, ours {{ours}})',
  },
  'payments.case-booked-late': {
    ja: '【要対応】{{provider}}：先方より後の日に帳簿へ記入しました（先方 {{theirs}}、こちら {{ours}}）',
    en: '{{provider}}: booked here on a later day than theirs (theirs {{theirs}}, ours {{ours}})',
  },
  'payments.book-names-set': {
    ja: '{{program}}に書き出すときの勘定科目と税区分を設定しました',
    en: 'Accounts and tax classes for {{program}} were set',
  },
  'payments.rate-recorded': {
    ja: '換算レートを記録しました（{{day}}から、1 {{currency}} ＝ {{yen}}円）',
    en: 'A rate was recorded (from {{day}}: 1 {{currency}} is {{yen}} yen)',
  },
  'payments.books-written': {
    ja: '{{program}}用の仕訳を書き出しました（{{from}}〜{{to}}、{{count}}伝票）',
    en: 'Journal entries for {{program}} were written to a file ({{from}} to {{to}}, {{count}} vouchers)',
  },
  'payments.day-matched': {
    ja: '{{provider}}：{{day}}の日次締めは、すべて一致しました',
    en: '{{provider}}: all of {{day}} agrees with the books',
  },
  'payments.day-differs': {
    ja: '{{provider}}：{{day}}の日次締めに、差異が{{count}}件あります',
    en: '{{provider}}: {{count}} differences in the closing of {{day}}',
  },
  'payments.day-waiting': {
    ja: '{{provider}}：{{day}}の取引記録は、まだ届いていません（{{code}}）',
    en: '{{provider}}: no account of {{day}} yet ({{code}})',
  },
  'payments.day-failed': {
    ja: '{{provider}}：{{day}}の取引記録を受け取れませんでした（{{code}}）',
    en: '{{provider}}: the account of {{day}} could not be had ({{code}})',
  },
  'payments.message-replayed': {
    ja: '{{provider}}から受け取った内容を、処理し直します',
    en: 'A message of {{provider}} is judged once more',
  },
  'payments.provider-configured': {
    ja: '{{provider}}への接続の設定を変えました',
    en: 'How {{provider}} is reached was changed',
  },
  'payments.provider-paused': {
    ja: '{{provider}}への接続を停止しました',
    en: '{{provider}} was paused',
  },
} as const satisfies Record<string, { readonly ja: string; readonly en: string }>

export type NoticeCode = keyof typeof notices
export type Locale = 'ja' | 'en'

export const noticeCodes = Object.keys(notices) as readonly NoticeCode[]

/** Modules as the screen names them, for what is said of them. */
export const moduleNames: Readonly<Record<Locale, Readonly<Record<string, string>>>> = {
  ja: {
    hub: 'ハブ',
    events: 'イベント',
    alerts: 'アラート',
    session: 'セッション',
    sealed: '封印',
    approvals: '承認',
    payments: '決済',
  },
  en: {
    hub: 'Hub',
    events: 'Events',
    alerts: 'Alerts',
    session: 'Sessions',
    sealed: 'Sealed values',
    approvals: 'Approvals',
    payments: 'Payments',
  },
}

const worded = (locale: Locale, name: string, value: string | number): string => {
  const names = moduleNames[locale]
  const text = String(value)
  switch (name) {
    case 'module':
      return Object.hasOwn(names, text) ? (names[text] ?? text) : text
    case 'provider':
      return providerName(text)
    case 'debit':
    case 'credit':
      return accountName(locale, text)
    // `code` is a closing's too, whose words are told; a code of another kind stays as it is.
    case 'theirs':
    case 'ours':
    case 'code':
      return recordText(locale, text)
    default:
      return text
  }
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
