import type { ErrorCode, Failure } from '#protocol/errors.ts'
import { isSealed } from './exit-codes.ts'

/** What happened and how to go on, for the person at the terminal. */
const explanations: Partial<Record<ErrorCode, string>> = {
  'input.invalid': '値が正しくありません。libral … --help で形式を確かめてください。',
  'input.too-large': '入力が大きすぎます。',
  'input.not-utf8': '文字コードが UTF-8 ではありません。',
  'export.write-failed': 'ファイルを書き込めません。場所と空き容量を確かめてください。',
  'backup.not-a-backup': 'バックアップのファイルとして読めません（配備のバックアップでは FILE.keys も必要です）。',
  'backup.target-exists': '既にあるものには書き込みません。別の場所を指定してください。',
  'backup.wrong-key': 'このバックアップは別の鍵で暗号化されています。--key で鍵のファイルを指定してください。',
  'bundle.not-a-bundle': '監査バンドルではありません。',
  'bundle.encrypted':
    'この監査バンドルは暗号化されています。宛先の秘密鍵のファイルを --decrypt-with で渡してください。',
  'bundle.newer-version': 'より新しい版で作られた監査バンドルです。アプリを更新してください。',
  'bundle.truncated': '監査バンドルが途中で切れています。もう一度受け取ってください。',
  'bundle.damaged': '監査バンドルが壊れています。もう一度受け取ってください。',
  'bundle.malformed': '監査バンドルの形式に合わないところがあります。',
  'bundle.changed': '読んでいる間にファイルが変わりました。',
  'bundle.cancelled': '検証を取りやめました。',
  'bundle.no-key': '鍵として読めません。署名ノートの鍵か、証明書の指紋かファイルを指定してください。',
  'approvals.file-unreadable':
    '承認依頼のファイルとして読めません。アプリの「承認」から書き出したファイルを指定してください。',
  'approvals.closed': 'この承認依頼は期限が切れています。依頼した人に、もう一度依頼してもらってください。',
  'command.digest-mismatch': '承認依頼の内容が、署名されたものと一致しません（改ざん）。署名していません。',
  'command.wrong-context': '別の配備の署名です。署名していません。',
  'context-lock.signature-wrong': '依頼した人の署名が一致しません（改ざん）。署名していません。',
  'context-lock.certificate-unknown': '依頼した人の署名が、添えられた証明書のものではありません。署名していません。',
  'signing.key-elsewhere': 'この承認依頼に回答できる鍵が、この保管庫にありません。',
  'bundle.unconfirmed': '未確認の鍵があります。別の手段で確かめた鍵を libral audit trust add で加えてください。',
  'bundle.failed': '監査バンドルに異常があります。',
  'log.out-of-range': 'その番号の記録はありません。',
  'log.broken': '記録が壊れているか、書き換えられています。',
  'log.note-malformed': 'チェックポイントとして読めません。',
  'log.note-forged': 'チェックポイントの署名が一致しません。',
  'log.other-log': '別の配備のチェックポイントです。',
  'log.unsigned': 'チェックポイントに、この記録の鍵の署名がありません。',
  'file.unreadable': 'ファイルを読めません。場所と許可を確かめてください。',
  'review.keys-unreadable':
    '信頼する鍵のファイル（trusted-keys.json）を読めません。新しい版で作られたか、壊れています。ファイルはそのままです。',
  'storage.full': '空き容量が足りません。途中のものは残していません。',
  'storage.locked': 'データは別の処理が使っています。しばらくしてから、もう一度実行してください。',
  'storage.unreadable': 'データまたは鍵のファイルを開けません。--data と --key を確かめてください。',
  'storage.unavailable': 'データベースに接続できません。もう一度実行すると、続きから移します。',
  'storage.refused': 'データベースに接続を拒否されました。接続先、利用者名、パスワード、権限を確かめてください。',

  'vault.locked': '鍵の保管庫が施錠されています。',
  'vault.absent':
    '鍵の保管庫がありません。libral keys init で作るか、libral keys restore でバックアップから戻してください。',
  'vault.exists': '鍵の保管庫は既にあります。何も変えていません。',
  'vault.in-use':
    'アプリ（または別の libral）が鍵の保管庫を開いています。アプリの「鍵」で「施錠」を押してから、もう一度実行してください。',
  'vault.asked-too-often': '続けて何度も取りやめられたため、しばらく尋ねません。少し待ってからやり直してください。',
  'vault.declined': '取りやめました。何も変えていません。',
  'vault.no-terminal':
    '尋ねるための端末がありません。端末で実行するか、--passphrase-fd N でパスフレーズを渡してください（削除と失効には --yes も必要です）。',
  'vault.passphrase-wrong': 'パスフレーズが違います。',
  'vault.passphrase-short': '新しいパスフレーズは12文字以上にしてください。',
  'vault.unreadable':
    '鍵の保管庫のファイルが壊れています。libral keys restore でバックアップから戻せます。壊れたファイルは残します。',
  'vault.newer-version': 'この保管庫は、より新しい版のアプリで保存されています。アプリを更新してください。',
  'vault.unavailable': '鍵の保管庫を使えません。もう一度実行してください。',
  'vault.write-failed': '鍵の保管庫を保存できません。空き容量と権限を確かめてください。変更は残っていません。',
  'keys.exists': 'この鍵は既に鍵束にあります。',
  'keys.not-a-revocation': '鍵束の鍵に合う失効証明書ではありません。',
  'openpgp.unsupported-bzip2':
    'bzip2 で圧縮されたデータには対応していません。送り主に zlib か zip での作り直しを依頼してください（gpg --compress-algo zlib）。',
  'openpgp.unsupported-libre':
    'GnuPG 独自の暗号形式（パケット20）には対応していません。送り主に標準の形式を依頼してください（gpg --rfc4880）。',
  'openpgp.peer-reads-no-v6': '宛先のソフトウェアは v6 の署名を読めません。v4 の鍵で署名してください。',
  'keys.unknown': 'その鍵はありません。libral keys list で確かめてください。',
  'keys.ambiguous': '当てはまる鍵が複数あります。指紋で指定してください。',
  'keys.not-a-key': '鍵や証明書として読めません。',
  'keys.unsupported': 'この種類の鍵は扱えません。',
  'keys.secret-in-text': '秘密鍵が含まれています。ファイルから取り込んでください。',
  'keys.too-weak': '弱い鍵なので取り込みません（RSA 2048ビット未満、DSA、ElGamal）。',
  'keys.not-own': '秘密鍵がこの保管庫にありません。',
  'keys.user-id-exists': 'そのユーザーIDは既にあります。',
  'keys.user-id-unknown': 'そのユーザーIDはありません。libral keys show で確かめてください。',
  'keys.last-user-id': '最後のユーザーIDは失効できません。先に別のものを追加してください。',
  'keys.already-revoked': 'この鍵は既に失効しています。',
  'keys.no-revocation': 'この鍵の失効証明書は保管していません。',
  'keys.gnupg-missing': 'GnuPG（gpg）が見つかりません。',
  'keys.gnupg-failed': 'GnuPG が失敗しました。パスフレーズと、GnuPG の鍵の状態を確かめてください。',

  'openpgp.malformed': 'OpenPGP のデータとして読めません。',
  'openpgp.truncated': 'データが途中で切れています。',
  'openpgp.tampered': '改ざんされているか、壊れています。内容は出力していません。',
  'openpgp.unprotected': '改ざんを検出できない古い形式です。開きません。',
  'openpgp.unsupported': '扱えない形式です。',
  'openpgp.too-deep': '入れ子が深すぎます。',
  'openpgp.too-large': '大きすぎます。',
  'openpgp.argon2-too-costly': 'パスワードの計算が重すぎるので中止しました。',
  'openpgp.wrong-key': 'この保管庫の鍵では開けません。宛先に入っていません。',
  'openpgp.password-wrong': 'パスワードが違います。',
  'openpgp.key-locked': '秘密鍵のパスフレーズが必要です。',
  'openpgp.recipient-unusable': '暗号化できない宛先があります（期限切れ、失効、暗号用の鍵がない）。',
  'openpgp.signer-unusable': 'この鍵では署名できません（期限切れ、失効、署名用の鍵がない）。',
  'openpgp.not-signed': '署名がありません。',
  'openpgp.cancelled': '取りやめました。',
  'openpgp.write-failed': 'ファイルを書き込めません。',
  'openpgp.target-exists': '書き込む先に既にファイルがあります。上書きしません。別の名前にしてください。',
  'openpgp.read-failed': 'ファイルを読めません。',

  'env.unknown': 'その名前はありません。libral env list で確かめてください。',
  'env.name-invalid': '名前は英字か下線で始め、英数字と下線だけにしてください。',
  'env.value-invalid': '環境変数にできない値です（NUL文字や壊れた文字があります）。',
  'env.reader-unknown':
    '保管庫にない鍵やパスワードでも読めるファイルです。このまま書くとその人は読めなくなるので、止めました。証明書を取り込むか、libral env recipients --to で選び直してください。',
  'env.changed': '読んでいる間に、ほかで変更されました。何も書いていません。もう一度実行してください。',

  'hardware.no-daemon': 'gpg-agent か scdaemon がありません。GnuPG を導入してください。',
  'hardware.no-card': 'カードが挿さっていません。',
  'hardware.card-unreadable': 'OpenPGPカードとして読めません。',
  'hardware.module-missing': 'PKCS#11ライブラリを読み込めません。',
  'hardware.module-crashed': 'PKCS#11ライブラリが異常終了しました。',
  'hardware.module-hung': 'PKCS#11ライブラリが応答しません。',

  'wkd.address-invalid': 'メールアドレスの形が正しくありません。',
  'wkd.no-host': 'このドメインには鍵の公開場所（WKD）がありません。',
  'wkd.not-found': 'このアドレスの鍵は公開されていません。',
  'wkd.other-address': '公開されている鍵は別のアドレスのものです。取り込んでいません。',
  'wkd.malformed': '公開されているデータが鍵として読めません。',
  'wkd.untrusted': 'サーバー証明書を信頼できません。鍵は取り込んでいません。',
  'wkd.unreachable': '公開場所につながりません。',
  'wkd.timed-out': '公開場所から時間内に応答がありませんでした。',
  'wkd.too-large': '公開場所からの応答が大きすぎます。',
  'wkd.write-failed': 'ファイルを書き込めません。',
}

const sealed = 'この配備の鍵は、キーチェーンかパスフレーズで保護され、アプリだけが開けます。ここからは写せません。'

export const explanationOf = (failure: Failure): string =>
  isSealed(failure) ? sealed : (explanations[failure.code] ?? `失敗しました: ${failure.code}`)

/** Whether a code has words of its own. */
export const isExplained = (code: ErrorCode): boolean => explanations[code] !== undefined
