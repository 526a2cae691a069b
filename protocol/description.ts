import type { Instant } from './ids.ts'
import type { Money } from './money.ts'

/**
 * What a command says of itself before it is signed and when it is read again: labelled lines, made from its parameters
 * alone, by a pure function that stands with its definition (`describe`). The vault draws its confirmation from them;
 * pages, files and reports show the same.
 */

const ja = {
  'session.registerOperator': '利用者の登録',
  'session.changeOperator': '利用者の変更',
  'session.issueToken': 'トークンの発行',
  'session.revokeToken': 'トークンの無効化',
  'session.registerCertificate': '証明書の登録',
  'session.revokeCertificate': '証明書の失効',
  'sealed.setTerm': '保存期間の設定',
  'sealed.addCustodian': '鍵管理者の追加',
  'sealed.addRecovery': '復旧鍵の追加',
  'sealed.removeCustodian': '鍵管理者の削除',
  'sealed.open': '封印を開く記録',
  'sealed.erase': '封印した値の消去',
  'policy.publish': 'ポリシーの公開',
  policyBase: '元のポリシーのハッシュ',
  policyText: '公開するポリシー',
  'effect.policy': '誰が何をできるか、何に承認が必要かが、公開と同時に変わります。',
  operator: '利用者',
  name: '表示名',
  roles: '役割',
  state: '状態',
  label: '名前',
  until: '期限',
  digest: 'ダイジェスト',
  fingerprint: '指紋',
  userIds: 'ユーザーID',
  proof: '所持の証明',
  reason: '理由',
  class: '区分',
  subject: '対象',
  custodian: '鍵管理者',
  fields: '項目',
  term: '保存期間',
  amount: '金額',
  none: 'なし',
  given: 'あり',
  unlimited: '期限なし',
  enabled: '有効',
  disabled: '無効',
  'role.operator': '運用担当',
  'role.custodian': '鍵管理者',
  'role.auditor': '監査担当',
  'role.administrator': '管理者',
  'class.personal': '個人情報',
  'class.statutory': '法定保存',
  'end.retired': '使用終了',
  'end.compromised': '危殆化（漏えいのおそれ）',
  'effect.administrator': 'この利用者は、ほかの利用者の権限も変えられるようになります。',
  'effect.disable': 'この利用者は、サインインも操作もできなくなります。',
  'effect.token': 'このトークンを持つ人は、この利用者としてサインインできます。',
  'effect.tokenRevoked': 'このトークンでは、サインインできなくなります。開いているセッションも終わります。',
  'effect.certificate': 'この鍵の持ち主は、この利用者としてサインインし、署名できるようになります。',
  'effect.retired': '元に戻せません。この証明書は二度と登録できません。これまでの署名は有効なままです。',
  'effect.compromised': '元に戻せません。この証明書は二度と登録できません。これまでの署名もすべて要確認になります。',
  'effect.term': '保存期間は延ばせますが、短くはできません。終わるまで消去できなくなります。',
  'effect.custodian': 'この人は、これから封印する値を開けるようになります。',
  'effect.recovery': 'この復旧鍵を持つ人は、封印した値を開けるようになります。',
  'effect.custodianRemoved': 'この人は、これから封印する値を開けなくなります。',
  'effect.open': '開いたことは消えない記録に残り、監査担当が確認します。',
  'effect.erase': '封印した値の鍵を消します。誰も二度と開けません。元に戻せません。',
  'payments.cancel': '決済の取り消し',
  'payments.capture': '与信の売上確定',
  'payments.refund': '返金',
  'payments.postManualEntry': '手動の仕訳',
  payment: '決済',
  captureId: '返金する売上の番号',
  leftBefore: '返金前に返金できる残り',
  cancels: '取り消すもの',
  'cancels.link': '支払いリンク',
  'cancels.authorisation': '与信',
  'cancels.capture': '本日の売上',
  debit: '借方',
  credit: '貸方',
  day: '計上日',
  'effect.cancelPayment': '決済会社に取り消しを依頼します。確定した後は、元に戻せません。',
  'effect.capture': '決済会社に売上の確定を依頼します。購入者に請求されます。',
  'effect.refund': '決済会社に返金を依頼します。返金したお金は、取り戻せません。',
  'effect.manualEntry': '帳簿に仕訳を加えます。消すことはできません。誤りは、反対の仕訳で正します。',
  'account.clearing': '決済会社への未収金',
  'account.fees': '決済手数料',
  'account.disputes': '係争中の留保',
  'account.holds': '与信枠',
  'account.held': '与信枠（対照）',
  'account.merchant': '売上',
  'account.taxes': '預かり消費税',
  'account.refunds': '返金',
  'account.losses': '係争の損失',
  'account.adjustments': '調整',
  'account.bank': '銀行口座',
} as const

export type DescriptionWord = keyof typeof ja

const en: Readonly<Record<DescriptionWord, string>> = {
  'session.registerOperator': 'Register user',
  'session.changeOperator': 'Change user',
  'session.issueToken': 'Issue token',
  'session.revokeToken': 'Revoke token',
  'session.registerCertificate': 'Register certificate',
  'session.revokeCertificate': 'Revoke certificate',
  'sealed.setTerm': 'Set the term of keeping',
  'sealed.addCustodian': 'Adding a custodian',
  'sealed.addRecovery': 'Adding a recovery key',
  'sealed.removeCustodian': 'Removing a custodian',
  'sealed.open': 'Recording an opening',
  'sealed.erase': 'Erasing sealed values',
  'policy.publish': 'Publish a policy',
  policyBase: 'Hash of the policy it replaces',
  policyText: 'Policy to publish',
  'effect.policy': 'Who may do what, and what needs approvals, changes the moment it is published.',
  operator: 'User',
  name: 'Display name',
  roles: 'Roles',
  state: 'State',
  label: 'Name',
  until: 'Until',
  digest: 'Digest',
  fingerprint: 'Fingerprint',
  userIds: 'User IDs',
  proof: 'Proof of possession',
  reason: 'Reason',
  class: 'Class',
  subject: 'Subject',
  custodian: 'Custodian',
  fields: 'Fields',
  term: 'Term',
  amount: 'Amount',
  none: 'none',
  given: 'given',
  unlimited: 'no end',
  enabled: 'enabled',
  disabled: 'disabled',
  'role.operator': 'Operator',
  'role.custodian': 'Custodian',
  'role.auditor': 'Auditor',
  'role.administrator': 'Administrator',
  'class.personal': 'Personal data',
  'class.statutory': 'Kept by law',
  'end.retired': 'retired',
  'end.compromised': 'compromised',
  'effect.administrator': 'This user will be able to change what others may do.',
  'effect.disable': 'This user can neither sign in nor act any more.',
  'effect.token': 'Whoever holds this token can sign in as this user.',
  'effect.tokenRevoked': 'Nobody can sign in with this token any more; its open sessions end too.',
  'effect.certificate': 'The holder of this key can sign in and sign as this user.',
  'effect.retired':
    'This can not be undone, and the certificate is never registered again. Earlier signatures stay valid.',
  'effect.compromised':
    'This can not be undone, and the certificate is never registered again. Every earlier signature is put in doubt.',
  'effect.term': 'The term can be made longer, never shorter. Nothing of the class can be erased before it ends.',
  'effect.custodian': 'This person will be able to open what is sealed from now on.',
  'effect.recovery': 'Whoever has this recovery key will be able to open what is sealed.',
  'effect.custodianRemoved': 'This person can not open what is sealed from now on.',
  'effect.open': 'The opening stays in the record, and auditors read it.',
  'effect.erase': 'The keys of the sealed values are deleted. Nobody can ever open them again.',
  'payments.cancel': 'Cancel a payment',
  'payments.capture': 'Capture a reservation',
  'payments.refund': 'Refund',
  'payments.postManualEntry': 'Manual entry',
  payment: 'Payment',
  captureId: 'Capture to refund',
  leftBefore: 'Refundable before it',
  cancels: 'What is cancelled',
  'cancels.link': 'Payment link',
  'cancels.authorisation': 'Reservation',
  'cancels.capture': 'What was captured today',
  debit: 'Debit',
  credit: 'Credit',
  day: 'Business day',
  'effect.cancelPayment': 'The provider is asked to cancel. Once it has, it can not be undone.',
  'effect.capture': 'The provider is asked to capture. The buyer is charged.',
  'effect.refund': 'The provider is asked to refund. What was refunded can not be taken back.',
  'effect.manualEntry':
    'An entry is added to the books. It can not be removed; a mistake is put right by the opposite entry.',
  'account.clearing': 'Clearing',
  'account.fees': 'Fees',
  'account.disputes': 'Held in disputes',
  'account.holds': 'Reservations',
  'account.held': 'Reservations (contra)',
  'account.merchant': 'Sales',
  'account.taxes': 'Consumption tax',
  'account.refunds': 'Refunds',
  'account.losses': 'Losses',
  'account.adjustments': 'Adjustments',
  'account.bank': 'Bank',
}

/** Both languages of every word that a description is made of. */
export const descriptionWords: Readonly<Record<'ja' | 'en', Readonly<Record<DescriptionWord, string>>>> = { ja, en }

/** One value of a line; who shows it formats it: instants in Japanese time, amounts from minor units. */
export type DescribedValue =
  | { readonly as: 'text'; readonly text: string }
  /** A text of many lines, shown whole and line by line. */
  | { readonly as: 'lines'; readonly text: string }
  | { readonly as: 'word'; readonly word: DescriptionWord }
  /** An operator's id; whoever shows it may put the name beside it, never in its place. */
  | { readonly as: 'operator'; readonly operator: string }
  | { readonly as: 'fingerprint'; readonly fingerprint: string }
  | { readonly as: 'instant'; readonly at: Instant }
  | { readonly as: 'days'; readonly days: number }
  | { readonly as: 'amount'; readonly amount: Money }

export interface DescribedLine {
  readonly label: DescriptionWord
  /** Shown in one line, separated. */
  readonly values: readonly DescribedValue[]
}
export interface Description {
  readonly title: DescriptionWord
  readonly lines: readonly DescribedLine[]
  /** What becomes of it that can't be taken back, or that gives or takes power: said before it is signed. */
  readonly effects: readonly DescriptionWord[]
}
