import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runArea } from './area.ts'
import { custodyAreas } from './custody-arguments.ts'

/** Entry of `libral`: leads to what its first word names. What is not asked for is not loaded. */

const usage = `使い方: libral コマンド …

  backend   バックエンドのデータを控える、戻す、移す
  keys      鍵の保管庫：一覧、作成、取り込み、書き出し、延長、失効
  env       暗号化した設定ファイル（.env.gpg）を読み書きし、コマンドに渡す
  sop       保管庫を使わない暗号化・署名（Stateless OpenPGP）
  audit     記録の検証、監査バンドルと監査証明書
  approve   ファイルで届いた承認依頼に、ネットワークなしで回答する
  card      OpenPGPカードの状態
  token     PKCS#11トークンの一覧
  wkd       鍵の公開場所を探す、公開用のファイルを作る

  libral コマンド --help  そのコマンドの使い方と終了コード
`

/** Bundles lie beside this one; what is loaded later lies in a folder below, and has no way to know. */
const beside = (name: string): string => join(import.meta.dirname, name)

/** A vendor's library runs in a process of its own; from the sources the vault finds it by itself. */
const pkcs11Program = beside('pkcs11-process.js')
const pkcs11 = existsSync(pkcs11Program) ? ([process.execPath, pkcs11Program] as const) : undefined

async function main(args: readonly string[]): Promise<number> {
  const [area = '', ...rest] = args
  if (custodyAreas.includes(area)) {
    const { custodyArea } = await import('./custody.ts')
    return runArea(custodyArea(pkcs11), args)
  }
  if (area === 'backend') {
    const { backendArea } = await import('./backend.ts')
    return runArea(backendArea(beside('backend-commands.js')), args)
  }
  if (area === 'keys') {
    const { keysArea } = await import('./keys.ts')
    return runArea(keysArea(pkcs11), rest)
  }
  if (area === 'env') {
    const { envArea } = await import('./env.ts')
    return runArea(envArea(pkcs11), rest)
  }
  if (area === 'sop') {
    const { runSop } = await import('./sop/index.ts')
    return runSop(rest)
  }
  if (area === 'approve') {
    const { approveArea } = await import('./approve.ts')
    return runArea(approveArea(pkcs11), rest)
  }
  if (area === 'audit') {
    const { auditArea } = await import('./audit/index.ts')
    return runArea(auditArea({ backend: beside('backend-commands.js'), worker: beside('bundle-worker.js') }), rest)
  }
  if (area === '--help' || area === '-h') {
    process.stdout.write(usage)
    return 0
  }
  process.stderr.write(usage)
  return 64
}

process.exitCode = await main(process.argv.slice(2))
