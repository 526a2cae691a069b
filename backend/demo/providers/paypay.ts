import { createHash, createHmac, randomUUID } from 'node:crypto'
import { toShiftJis } from '#trust/shift-jis.ts'
import type { FakeAnswer, FakeCall, FakeOptions, FakeServer, FakeWebhook } from './faulty-http.ts'
import { startFakeServer } from './faulty-http.ts'

/**
 * PayPay's Open Payment API as its document of 2026-05 and the notes on its oddities have it: requests signed or refused,
 * ids answered with the result that they had, refunds and cancellations that take their time and send no webhook, amounts
 * as text in webhooks.
 */

interface Refund {
  merchantRefundId: string
  paymentId: string
  amount: number
  status: 'CREATED' | 'REFUNDED' | 'FAILED'
  acceptedAt: number
}
interface Payment {
  readonly merchantPaymentId: string
  readonly codeId: string
  readonly authorise: boolean
  readonly expiresAt: number
  amount: number
  status: string
  paymentId: string | null
  acceptedAt: number | null
  readonly captures: {
    merchantCaptureId: string
    amount: number
    acceptedAt: number | null
    status: 'USER_REQUESTED' | 'COMPLETED'
  }[]
  readonly refunds: Refund[]
  reverted: boolean
}

export interface FakePayPay {
  readonly server: FakeServer
  readonly key: string
  readonly secret: string
  readonly merchantId: string
  /** Sent so far; deliver them or don't. */
  readonly webhooks: FakeWebhook[]
  /** How far its clock is ahead, ms. */
  skewMs: number
  /** Refunds stay CREATED until {@link FakePayPay.settle}. */
  slowRefunds: boolean
  /** The contract allows one refund of a payment alone. */
  oneRefund: boolean
  /** A capture waits for the buyer's word until {@link FakePayPay.confirm}. */
  asksBuyer: boolean
  /** The buyer scans and pays (or reserves). */
  pay(merchantPaymentId: string): void
  /** The buyer scans and leaves it at that: it has a number, and no money. */
  scan(merchantPaymentId: string): void
  confirm(merchantPaymentId: string): void
  /** Somebody cancels it on PayPay's own pages. */
  cancelElsewhere(merchantPaymentId: string): void
  /** What it says of the amount from now on. */
  lie(merchantPaymentId: string, amount: number): void
  expire(merchantPaymentId: string): void
  /** The buyer's wallet refuses. */
  fail(merchantPaymentId: string): void
  settle(state?: 'REFUNDED' | 'FAILED'): void
  /** The file of a day, kept in Shift_JIS, and the webhook that tells of it. */
  file(text: string): FakeWebhook
  /** The text of a file with everything that happened so far; of one day in Japan alone (`2026/11/21`), where it is given. */
  statement(day?: string): string
  close(): Promise<void>
}

const result = (code: string, message = code) => ({ code, message, codeId: '08100001' })
const ok = (data: unknown, status = 200, code = 'SUCCESS'): FakeAnswer => ({
  status,
  body: { resultInfo: result(code), data },
})
const refusal = (status: number, code: string): FakeAnswer => ({
  status,
  body: { resultInfo: result(code), data: null },
})
const dayMs = 86_400_000
const japanMs = 9 * 3_600_000
/** 00:14:59 of the next day in Japan. */
const cancelUntil = (at: number): number =>
  Math.floor((at + japanMs) / dayMs) * dayMs + dayMs - japanMs + 15 * 60_000 - 1_000

export const startFakePayPay = async ({ seed = 1, now = Date.now }: FakeOptions = {}): Promise<FakePayPay> => {
  const payments = new Map<string, Payment>()
  const files = new Map<string, Buffer>()
  const webhooks: FakeWebhook[] = []
  const clock = (): number => now() + fake.skewMs
  const seconds = (): number => Math.floor(clock() / 1000)

  const authorised = ({ method, path, headers, body }: FakeCall): boolean => {
    const [, key, mac, nonce = '', epoch, hash] =
      /^hmac OPA-Auth:([^:]+):([^:]+):([^:]+):(\d+):([^:]+)$/.exec(headers.authorization ?? '') ?? []
    const type = headers['content-type']
    const expected =
      body.length === 0 || type === undefined ? 'empty' : createHash('md5').update(type).update(body).digest('base64')
    const signed = [path, method, nonce, epoch, body.length === 0 ? 'empty' : type, expected].join('\n')
    const theirs = createHmac('sha256', fake.secret).update(signed).digest('base64')
    const inTime = Math.abs(Number(epoch) * 1000 - clock()) < 120_000
    return key === fake.key && hash === expected && mac === theirs && inTime
  }
  const tell = (payment: Payment, state: string): void => {
    const at = (time: number | null) => (time === null ? null : new Date(time * 1000).toISOString())
    const body = {
      notification_type: 'Transaction',
      merchant_id: fake.merchantId,
      store_id: null,
      pos_id: null,
      order_id: payment.paymentId,
      // As its samples of reservations have it.
      merchant_order_id: state === 'AUTHORIZED' ? '' : payment.merchantPaymentId,
      authorized_at: state === 'AUTHORIZED' ? at(payment.acceptedAt) : null,
      expires_at: null,
      paid_at: at(payment.acceptedAt),
      order_amount: String(payment.amount),
      state,
    }
    webhooks.push({ headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) })
  }
  const byPayPayId = (id: unknown): Payment | undefined =>
    [...payments.values()].find(({ paymentId }) => paymentId !== null && paymentId === id)
  const yen = (amount: number) => ({ amount, currency: 'JPY' })
  const refundOf = (refund: Refund) => ({
    ...{ status: refund.status, acceptedAt: refund.acceptedAt, merchantRefundId: refund.merchantRefundId },
    ...{ paymentId: refund.paymentId, amount: yen(refund.amount), requestedAt: refund.acceptedAt, reason: null },
  })
  const codeOf = (payment: Payment) => ({
    ...{ codeId: payment.codeId, url: `https://qr-stg.sandbox.paypay.ne.jp/${payment.codeId}` },
    ...{ deeplink: `paypay://payment?link_key=${payment.codeId}`, expiryDate: payment.expiresAt },
    ...{ merchantPaymentId: payment.merchantPaymentId, amount: yen(payment.amount), codeType: 'ORDER_QR' },
    ...{ orderDescription: '', isAuthorization: payment.authorise, requestedAt: payment.expiresAt - 300 },
  })
  const detailsOf = (payment: Payment) => ({
    ...{ paymentId: payment.paymentId, status: payment.status, acceptedAt: payment.acceptedAt },
    ...{ merchantPaymentId: payment.merchantPaymentId, amount: yen(payment.amount) },
    refunds: { data: payment.refunds.map(refundOf) },
    captures: {
      data: payment.captures.map((one) => ({ ...one, amount: yen(one.amount) })),
    },
    revert: payment.reverted ? { acceptedAt: payment.acceptedAt, merchantRevertId: 'r', requestedAt: 1 } : null,
    paymentMethods: [{ type: 'WALLET', amount: yen(payment.amount) }],
  })
  const capturedOf = (payment: Payment): number =>
    payment.authorise ? payment.captures.reduce((sum, one) => sum + one.amount, 0) : payment.amount

  const createCode = (body: Record<string, never>): FakeAnswer => {
    const { merchantPaymentId, amount, isAuthorization } = body as Record<string, unknown>
    const id = String(merchantPaymentId)
    const value = (amount as { amount?: unknown })?.amount
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(id) || !Number.isInteger(value)) return refusal(400, 'INVALID_REQUEST_PARAMS')
    const known = payments.get(id)
    const payment: Payment = known ?? {
      ...{ merchantPaymentId: id, codeId: randomUUID(), authorise: isAuthorization === true },
      ...{ expiresAt: seconds() + 300, amount: Number(value), status: 'CREATED', paymentId: null, acceptedAt: null },
      ...{ captures: [], refunds: [], reverted: false },
    }
    payments.set(id, payment)
    return ok(codeOf(payment), 201)
  }
  const refund = (body: Record<string, unknown>): FakeAnswer => {
    const payment = byPayPayId(body['paymentId'])
    const amount = Number((body['amount'] as { amount?: unknown })?.amount)
    if (!payment) return refusal(404, 'PAYMENT_NOT_FOUND')
    const known = payment.refunds.find(({ merchantRefundId }) => merchantRefundId === body['merchantRefundId'])
    if (known) return ok(refundOf(known), 201)
    const live = payment.refunds.filter(({ status }) => status !== 'FAILED')
    if (fake.oneRefund && live.length > 0) return refusal(403, 'MERCHANT_MULTIPLE_REFUND_REJECTED')
    const given = live.reduce((sum, one) => sum + one.amount, 0)
    const paid = payment.status === 'COMPLETED' || payment.status === 'REFUNDED'
    if (!paid || !Number.isInteger(amount) || amount <= 0 || given + amount > capturedOf(payment)) {
      return refusal(400, 'REFUND_LIMIT_EXCEEDED')
    }
    const made: Refund = {
      ...{ merchantRefundId: String(body['merchantRefundId']), paymentId: payment.paymentId ?? '', amount },
      status: fake.slowRefunds ? 'CREATED' : 'REFUNDED',
      acceptedAt: seconds(),
    }
    payment.refunds.push(made)
    if (given + amount === capturedOf(payment) && !fake.slowRefunds) payment.status = 'REFUNDED'
    return ok(refundOf(made), 201)
  }
  const capture = (body: Record<string, unknown>): FakeAnswer => {
    const payment = payments.get(String(body['merchantPaymentId']))
    const amount = Number((body['amount'] as { amount?: unknown })?.amount)
    const id = String(body['merchantCaptureId'])
    if (!payment) return refusal(400, 'DYNAMIC_QR_PAYMENT_NOT_FOUND')
    const known = payment.captures.find(({ merchantCaptureId }) => merchantCaptureId === id)
    if (known?.status === 'USER_REQUESTED') return ok(null, 202, 'USER_CONFIRMATION_REQUIRED')
    if (known) return ok(detailsOf(payment))
    if (payment.status !== 'AUTHORIZED') return refusal(400, 'ALREADY_CAPTURED')
    if (fake.asksBuyer) {
      payment.captures.push({ merchantCaptureId: id, amount, acceptedAt: null, status: 'USER_REQUESTED' })
      return ok(null, 202, 'USER_CONFIRMATION_REQUIRED')
    }
    payment.captures.push({ merchantCaptureId: id, amount, acceptedAt: seconds(), status: 'COMPLETED' })
    payment.status = 'COMPLETED'
    tell(payment, 'COMPLETED')
    return ok(detailsOf(payment))
  }
  const cancel = (id: string): FakeAnswer => {
    const payment = payments.get(id)
    if (!payment?.acceptedAt) return refusal(400, 'ORDER_NOT_REVERSIBLE')
    if (payment.status === 'CANCELED') return ok(null, 202, 'REQUEST_ACCEPTED')
    const inTime = clock() <= cancelUntil(payment.acceptedAt * 1000)
    if (payment.status !== 'COMPLETED' || !inTime) return refusal(400, 'ORDER_NOT_REVERSIBLE')
    payment.status = 'CANCELED'
    return ok(null, 202, 'REQUEST_ACCEPTED')
  }
  const revert = (body: Record<string, unknown>): FakeAnswer => {
    const payment = byPayPayId(body['paymentId'])
    if (!payment) return refusal(404, 'PAYMENT_NOT_FOUND')
    if (!payment.reverted && payment.status !== 'AUTHORIZED') return refusal(400, 'ORDER_NOT_REVERSIBLE')
    payment.reverted = true
    payment.status = 'CANCELED'
    tell(payment, 'CANCELED')
    return ok({ status: 'CANCELED', paymentId: payment.paymentId })
  }
  const handle = (call: FakeCall): FakeAnswer => {
    const file = files.get(call.path)
    if (file) return { status: 200, body: file, headers: { 'content-type': 'text/csv' } }
    if (!authorised(call)) return refusal(401, 'UNAUTHORIZED')
    if (call.headers['x-assume-merchant'] !== fake.merchantId) return refusal(401, 'OP_OUT_OF_SCOPE')
    const body = call.body.length > 0 ? JSON.parse(String(call.body)) : {}
    const last = call.path.split('/').at(-1) ?? ''
    switch (`${call.method} ${call.path.replace(/\/[^/]*$/, '')}`) {
      case 'POST /v2':
        return call.path === '/v2/codes' ? createCode(body) : refund(body)
      case 'GET /v2/codes/payments': {
        const payment = payments.get(last)
        return payment ? ok(detailsOf(payment)) : refusal(400, 'DYNAMIC_QR_PAYMENT_NOT_FOUND')
      }
      case 'DELETE /v2/codes': {
        const payment = [...payments.values()].find(({ codeId }) => codeId === last)
        if (payment?.status !== 'CREATED') return refusal(404, 'DYNAMIC_QR_NOT_FOUND')
        payment.status = 'CANCELED'
        return ok(null)
      }
      case 'DELETE /v2/payments':
        return cancel(last)
      case 'GET /v2/refunds': {
        const id = call.query.get('paymentId')
        const found = byPayPayId(id)?.refunds.find(({ merchantRefundId }) => merchantRefundId === last)
        return id === null
          ? refusal(400, 'MISSING_REQUEST_PARAMS')
          : found
            ? ok(refundOf(found))
            : refusal(404, 'NO_SUCH_REFUND_ORDER')
      }
      case 'POST /v2/payments':
        return capture(body)
      case 'POST /v2/payments/preauthorize':
        return revert(body)
      default:
        return refusal(404, 'RESOURCE_NOT_FOUND')
    }
  }
  const server = await startFakeServer(seed, handle, clock)
  let made = 0
  const fake: FakePayPay = {
    ...{ server, webhooks, key: 'a_key', secret: 'a_secret', merchantId: '123456789012345678' },
    ...{ skewMs: 0, slowRefunds: false, oneRefund: false, asksBuyer: false },
    pay: (id) => {
      const payment = payments.get(id)
      if (payment?.status !== 'CREATED') return
      fake.scan(id)
      payment.status = payment.authorise ? 'AUTHORIZED' : 'COMPLETED'
      payment.acceptedAt = seconds()
      tell(payment, payment.status)
    },
    scan: (id) => {
      const payment = payments.get(id)
      if (payment) payment.paymentId ??= `0${String(4_700_000_000_000_000_000n + BigInt(++made))}`
    },
    confirm: (id) => {
      const payment = payments.get(id)
      if (!payment) return
      for (const one of payment.captures) Object.assign(one, { acceptedAt: seconds(), status: 'COMPLETED' })
      payment.status = 'COMPLETED'
      tell(payment, 'COMPLETED')
    },
    cancelElsewhere: (id) => {
      const payment = payments.get(id)
      if (payment) payment.status = 'CANCELED'
    },
    lie: (id, amount) => {
      const payment = payments.get(id)
      if (payment) payment.amount = amount
    },
    expire: (id) => {
      const payment = payments.get(id)
      if (payment) payment.status = 'EXPIRED'
    },
    fail: (id) => {
      const payment = payments.get(id)
      if (payment) payment.status = 'FAILED'
    },
    settle: (state = 'REFUNDED') => {
      for (const payment of payments.values()) {
        for (const one of payment.refunds) if (one.status === 'CREATED') one.status = state
      }
    },
    file: (text) => {
      const path = `/files/${randomUUID()}.csv`
      files.set(path, Buffer.from(toShiftJis(text).bytes))
      const body = {
        ...{ notification_type: 'file.created', notification_id: randomUUID(), fileType: 'transaction_recon' },
        ...{ path: `${server.address}${path}`, requestedAt: new Date(clock()).toISOString() },
      }
      return { headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) }
    },
    statement: (day = '') => {
      const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`
      const local = (at: number): string =>
        new Date(at * 1000 + japanMs).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ')
      const line = (id: string, status: string, at: number, amount: number, ours: string): string =>
        [id, fake.merchantId, '試験店', '', '', '', status, local(at), String(amount), '', 'PayPay残高', ours]
          .map(cell)
          .concat(cell('{"残高":1}'))
          .join(',')
      const lines = [...payments.values()].flatMap((payment) =>
        payment.paymentId === null || payment.acceptedAt === null
          ? []
          : [
              line(payment.paymentId, '取引完了', payment.acceptedAt, payment.amount, payment.merchantPaymentId),
              ...payment.refunds.map((one) =>
                line(one.merchantRefundId, '返金完了', one.acceptedAt, -one.amount, payment.merchantPaymentId),
              ),
            ],
      )
      const headings =
        '決済番号,加盟店ID,屋号,店舗ID,店舗名,端末番号/PosID,取引ステータス,取引日時,取引金額,レシート番号,支払い方法,マーチャント決済ID,支払い詳細'
      return `${[headings, ...lines.filter((one) => one.includes(`"${day}`))].join('\n')}\n`
    },
    close: server.close,
  }
  return fake
}
