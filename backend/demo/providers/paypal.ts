import type { FakeAnswer, FakeCall, FakeOptions, FakeServer, FakeWebhook } from './faulty-http.ts'
import { startFakeServer } from './faulty-http.ts'
import { createAuthority, type FakeAuthority, type FakeSigner, signWebhook } from './paypal-signing.ts'

/**
 * PayPal's Orders v2, Payments v2, Disputes v1 and transaction search as their OpenAPI documents have them, with webhooks
 * that it really signs, by certificates of a root of its own.
 */

const dayMs = 86_400_000

interface Amount {
  readonly currency_code: string
  readonly value: string
}
interface Refund {
  readonly id: string
  readonly custom_id: string
  readonly amount: Amount
  status: string
  readonly create_time: string
}
interface Capture {
  readonly id: string
  readonly amount: Amount
  status: string
  readonly create_time: string
  readonly refunds: Refund[]
}
interface Order {
  readonly id: string
  readonly intent: string
  readonly custom_id: string
  readonly invoice_id: string
  /** Number of who approved it. */
  buyer: number
  amount: Amount
  status: string
  authorization: { readonly id: string; status: string; readonly create_time: string } | null
  readonly captures: Capture[]
  readonly disputes: Dispute[]
}
interface Dispute {
  readonly dispute_id: string
  status: string
  outcome: string | null
  readonly create_time: string
  update_time: string
}

export interface FakePayPal {
  readonly server: FakeServer
  readonly authority: FakeAuthority
  readonly clientId: string
  readonly clientSecret: string
  readonly webhookId: string
  readonly webhooks: FakeWebhook[]
  skewMs: number
  /** Refunds stay PENDING until {@link FakePayPal.settle}. */
  slowRefunds: boolean
  /** Answers to 401 for tokens given out so far. */
  endTokens(): void
  /** A buyer signs in and approves. */
  approve(customId: string, buyer?: number): void
  lie(customId: string, value: string): void
  settle(): void
  /** The buyer complains. */
  dispute(customId: string): string
  resolve(disputeId: string, outcome: string): void
  /** Who lost it says more: it is looked at again. */
  appeal(disputeId: string): void
  /** The merchant refunds on PayPal's own pages. */
  refundElsewhere(customId: string, value: string): void
  /** A buyer of another shop that has the same account complains. */
  disputeElsewhere(): string
  /** Lists show a change of a dispute only after that long, ms; the dispute itself shows it at once. */
  lagMs: number
  /** The same for what its search of transactions shows. */
  reportLagMs: number
  /** Each page of a list begins with the last line of the page before. */
  overlapping: boolean
  /** Neither disputes nor transactions say anything of our mark on what they are about. */
  unmarked: boolean
  /** What lists of all disputes were asked for, in order. */
  readonly listed: readonly URLSearchParams[]
  /** Signs whatever with the present certificate. */
  sign(body: Buffer, at?: number): FakeWebhook
  /** From now on signs by this one, and serves it where the webhooks say. */
  signBy(signer: FakeSigner): void
  close(): Promise<void>
}

const json = (status: number, body: unknown): FakeAnswer => ({ status, body })
export const paypalError = (status: number, name: string, issue?: string): FakeAnswer =>
  json(status, { name, message: name, debug_id: 'f00', ...(issue && { details: [{ issue, description: issue }] }) })
const decimals: Readonly<Record<string, RegExp>> = { JPY: /^\d+$/, USD: /^\d+(\.\d{1,2})?$/ }
const surnames = ['佐藤', '山田', '鈴木', '高橋', '田中', '伊藤', '渡辺'] as const
const givenNames = ['太郎', '花子', '一郎', '美咲', '健'] as const
const payerOf = (buyer: number) => ({
  payer_id: `PAYER${buyer}`,
  email_address: buyer === 1 ? 'buyer@example.org' : `buyer${buyer}@example.org`,
  name: { given_name: givenNames[buyer % givenNames.length], surname: surnames[buyer % surnames.length] },
})
const cents = ({ value }: Amount): number => Math.round(Number(value) * 100)

export const startFakePayPal = async ({ seed = 1, now = Date.now }: FakeOptions = {}): Promise<FakePayPal> => {
  const orders = new Map<string, Order>()
  const answered = new Map<string, FakeAnswer>()
  const certificates = new Map<string, string>()
  const webhooks: FakeWebhook[] = []
  const tokens = new Set<string>()
  const listed: URLSearchParams[] = []
  let made = 0
  const idOf = (prefix: string): string => `${prefix}${seed}${String(++made).padStart(12, '0')}`
  const clock = (): number => now() + fake.skewMs
  const time = (): string => new Date(clock()).toISOString().replace(/\.\d+Z$/, 'Z')

  const captureOf = (order: Order, one: Capture) => ({
    ...{ id: one.id, status: one.status, amount: one.amount, final_capture: true },
    ...{ custom_id: order.custom_id, invoice_id: order.invoice_id, create_time: one.create_time },
    seller_receivable_breakdown: { gross_amount: one.amount, paypal_fee: feeOf(one.amount) },
    supplementary_data: { related_ids: { order_id: order.id } },
  })
  const feeOf = ({ currency_code, value }: Amount): Amount => ({
    currency_code,
    value:
      currency_code === 'JPY' ? String(Math.floor(Number(value) * 0.036) + 40) : (Number(value) * 0.036).toFixed(2),
  })
  const authorizationOf = (order: Order) =>
    order.authorization && { ...order.authorization, amount: order.amount, custom_id: order.custom_id }
  const orderOf = (order: Order) => ({
    ...{ id: order.id, intent: order.intent, status: order.status },
    purchase_units: [
      {
        ...{ reference_id: 'default', custom_id: order.custom_id, amount: order.amount },
        payments: {
          captures: order.captures.map((one) => captureOf(order, one)),
          authorizations: order.authorization ? [authorizationOf(order)] : [],
          refunds: order.captures.flatMap(({ refunds }) => refunds),
        },
      },
    ],
    ...(order.status === 'CREATED' || order.status === 'PAYER_ACTION_REQUIRED'
      ? {}
      : {
          payer: payerOf(order.buyer),
        }),
    links: [
      { rel: 'payer-action', href: `https://www.sandbox.paypal.com/checkoutnow?token=${order.id}`, method: 'GET' },
    ],
  })
  const tell = (event_type: string, resource: object): void => {
    const event = { id: idOf('WH-'), event_version: '1.0', create_time: time(), event_type, summary: 'x', resource }
    webhooks.push(fake.sign(Buffer.from(JSON.stringify(event))))
  }
  const take = (order: Order, amount: Amount): Capture => {
    const made: Capture = { id: idOf('CAP'), amount, status: 'COMPLETED', create_time: time(), refunds: [] }
    order.captures.push(made)
    order.status = 'COMPLETED'
    tell('PAYMENT.CAPTURE.COMPLETED', captureOf(order, made))
    return made
  }
  const create = (body: {
    intent: string
    purchase_units: [{ custom_id: string; invoice_id: string; amount: Amount }]
  }) => {
    const [unit] = body.purchase_units
    if (!decimals[unit.amount.currency_code]?.test(unit.amount.value)) {
      return paypalError(422, 'UNPROCESSABLE_ENTITY', 'DECIMALS_NOT_SUPPORTED')
    }
    const order: Order = {
      ...{ id: idOf('ORD'), intent: body.intent, custom_id: unit.custom_id, invoice_id: unit.invoice_id },
      ...{
        buyer: 1,
        amount: unit.amount,
        status: 'PAYER_ACTION_REQUIRED',
        authorization: null,
        captures: [],
        disputes: [],
      },
    }
    orders.set(order.id, order)
    return json(201, orderOf(order))
  }
  const captureOrder = (order: Order): FakeAnswer => {
    if (order.status === 'COMPLETED') return paypalError(422, 'UNPROCESSABLE_ENTITY', 'ORDER_ALREADY_CAPTURED')
    if (order.status !== 'APPROVED') return paypalError(422, 'UNPROCESSABLE_ENTITY', 'ORDER_NOT_APPROVED')
    const paidTwice = [...orders.values()].some((one) => one.invoice_id === order.invoice_id && one.captures.length > 0)
    if (paidTwice) return paypalError(422, 'UNPROCESSABLE_ENTITY', 'DUPLICATE_INVOICE_ID')
    take(order, order.amount)
    return json(201, orderOf(order))
  }
  const authoriseOrder = (order: Order): FakeAnswer => {
    if (order.status !== 'APPROVED') return paypalError(422, 'UNPROCESSABLE_ENTITY', 'ORDER_NOT_APPROVED')
    order.authorization = { id: idOf('AUT'), status: 'CREATED', create_time: time() }
    order.status = 'COMPLETED'
    tell('PAYMENT.AUTHORIZATION.CREATED', authorizationOf(order) ?? {})
    return json(201, orderOf(order))
  }
  const refund = (order: Order, capture: Capture, body: { amount?: Amount; custom_id?: string }): FakeAnswer => {
    const given = capture.refunds.reduce((sum, one) => sum + cents(one.amount), 0)
    const amount = body.amount ?? capture.amount
    if (given >= cents(capture.amount)) return paypalError(422, 'UNPROCESSABLE_ENTITY', 'CAPTURE_FULLY_REFUNDED')
    if (given + cents(amount) > cents(capture.amount)) {
      return paypalError(422, 'UNPROCESSABLE_ENTITY', 'REFUND_AMOUNT_EXCEEDED')
    }
    const made: Refund = {
      ...{ id: idOf('REF'), custom_id: body.custom_id ?? '', amount, create_time: time() },
      status: fake.slowRefunds ? 'PENDING' : 'COMPLETED',
    }
    capture.refunds.push(made)
    capture.status = given + cents(amount) === cents(capture.amount) ? 'REFUNDED' : 'PARTIALLY_REFUNDED'
    tell('PAYMENT.CAPTURE.REFUNDED', { ...made, supplementary_data: { related_ids: { order_id: order.id } } })
    return json(201, made)
  }
  /** As lists have it. */
  const summaryOf = (order: Order, { dispute_id, status, create_time, update_time }: Dispute) => ({
    ...{ dispute_id, status, reason: 'UNAUTHORISED', create_time, update_time, dispute_channel: 'INTERNAL' },
    dispute_amount: order.amount,
    links: [{ rel: 'self', href: `${server.address}/v1/customer/disputes/${dispute_id}`, method: 'GET' }],
  })
  const disputeOf = (order: Order, one: Dispute) => ({
    ...summaryOf(order, one),
    disputed_transactions: [
      { seller_transaction_id: order.captures[0]?.id, ...(!fake.unmarked && { custom: order.custom_id }) },
    ],
  })
  const disputesIn = (some: readonly Order[]) => some.flatMap((order) => order.disputes.map((one) => ({ order, one })))
  const shownOf = (some: readonly Order[]) =>
    disputesIn(some).filter(({ one }) => Date.parse(one.update_time) + fake.lagMs <= clock())
  const changed = (disputeId: string, change: Partial<Dispute>, event: string): void => {
    const found = disputesIn([...orders.values()]).find(({ one }) => one.dispute_id === disputeId)
    if (!found) throw new Error('no such dispute')
    Object.assign(found.one, { update_time: new Date(clock()).toISOString(), ...change })
    const { outcome } = found.one
    const decided = outcome && { dispute_outcome: { outcome_code: outcome } }
    tell(`CUSTOMER.DISPUTE.${event}`, { ...disputeOf(found.order, found.one), ...decided })
  }
  /** Pages of what was updated in a time; the newest first, as far as they have got. */
  const listDisputes = ({ query }: FakeCall): FakeAnswer => {
    listed.push(query)
    const time = (name: string, otherwise: number): number => Date.parse(query.get(name) ?? '') || otherwise
    const [after, before] = [time('update_time_after', 0), time('update_time_before', clock())]
    const size = Number(query.get('page_size') ?? 10)
    const tooOld = query.has('update_time_after') && after < clock() - 180 * dayMs
    if (tooOld || before > clock() || size > 50) return paypalError(400, 'INVALID_REQUEST', 'INVALID_DATE_RANGE')
    const all = shownOf([...orders.values()])
      .filter(({ one }) => Date.parse(one.update_time) >= after && Date.parse(one.update_time) <= before)
      .toSorted(({ one }, { one: other }) => Date.parse(other.update_time) - Date.parse(one.update_time))
    const from = Number(Buffer.from(query.get('next_page_token') ?? '', 'base64').toString() || 0)
    const next = from + size - Number(fake.overlapping)
    const token = Buffer.from(String(next)).toString('base64')
    const rest = new URLSearchParams([...query].filter(([name]) => name !== 'next_page_token'))
    rest.set('next_page_token', token)
    return json(200, {
      items: all.slice(from, from + size).map(({ order, one }) => summaryOf(order, one)),
      links: [
        { rel: 'self', href: `${server.address}/v1/customer/disputes`, method: 'GET' },
        ...(from + size < all.length
          ? [{ rel: 'next', href: `${server.address}/v1/customer/disputes?${rest}`, method: 'GET' }]
          : []),
      ],
    })
  }
  const work = (call: FakeCall): FakeAnswer => {
    const body = call.body.length > 0 ? JSON.parse(String(call.body)) : {}
    const [, version, area, kind, id = '', act] = call.path.split('/')
    const all = [...orders.values()]
    const missing = paypalError(404, 'RESOURCE_NOT_FOUND')
    switch ([call.method, version, area, kind, act].filter(Boolean).join(' ')) {
      case 'POST v2 checkout orders':
        return create(body)
      case 'GET v2 checkout orders': {
        const order = orders.get(id)
        return order ? json(200, orderOf(order)) : missing
      }
      case 'POST v2 checkout orders capture': {
        const order = orders.get(id)
        return order ? captureOrder(order) : missing
      }
      case 'POST v2 checkout orders authorize': {
        const order = orders.get(id)
        return order ? authoriseOrder(order) : missing
      }
      case 'POST v2 payments authorizations capture': {
        const order = all.find(({ authorization }) => authorization?.id === id)
        if (!order?.authorization) return missing
        if (order.authorization.status !== 'CREATED') {
          return paypalError(422, 'UNPROCESSABLE_ENTITY', 'AUTHORIZATION_ALREADY_CAPTURED')
        }
        order.authorization.status = 'CAPTURED'
        return json(201, captureOf(order, take(order, body.amount ?? order.amount)))
      }
      case 'POST v2 payments authorizations void': {
        const order = all.find(({ authorization }) => authorization?.id === id)
        if (!order?.authorization) return missing
        order.authorization.status = 'VOIDED'
        tell('PAYMENT.AUTHORIZATION.VOIDED', authorizationOf(order) ?? {})
        return json(200, authorizationOf(order))
      }
      case 'POST v2 payments captures refund': {
        const order = all.find(({ captures }) => captures.some((one) => one.id === id))
        const capture = order?.captures.find((one) => one.id === id)
        return order && capture ? refund(order, capture, body) : missing
      }
      case 'GET v1 customer disputes': {
        if (id !== '') {
          const order = all.find(({ disputes }) => disputes.some((one) => one.dispute_id === id))
          const found = order?.disputes.find((one) => one.dispute_id === id)
          if (!order || !found) return missing
          const outcome = found.outcome && { dispute_outcome: { outcome_code: found.outcome } }
          return json(200, { ...disputeOf(order, found), ...outcome })
        }
        const of = call.query.get('disputed_transaction_id')
        if (of === null) return listDisputes(call)
        const theirs = shownOf(all.filter(({ captures }) => captures.some((one) => one.id === of)))
        return json(200, { items: theirs.map(({ order, one }) => summaryOf(order, one)) })
      }
      case 'GET v2 payments captures': {
        const order = all.find(({ captures }) => captures.some((one) => one.id === id))
        const capture = order?.captures.find((one) => one.id === id)
        return order && capture ? json(200, captureOf(order, capture)) : missing
      }
      case 'GET v1 reporting transactions':
        return json(200, { transaction_details: reported(call), page: 1, total_pages: 1 })
      default:
        return missing
    }
  }
  const reported = (call: FakeCall): object[] => {
    const from = Date.parse(call.query.get('start_date') ?? '')
    const to = Date.parse(call.query.get('end_date') ?? '')
    const lines = [...orders.values()].flatMap((order) =>
      order.captures.flatMap((one) => [
        { id: one.id, code: 'T0006', amount: one.amount, sign: '', at: one.create_time, order, of: undefined },
        ...one.refunds.map((back) => ({
          ...{ id: back.id, code: 'T1107', amount: back.amount, sign: '-', at: back.create_time, order, of: one.id },
        })),
      ]),
    )
    const only = call.query.get('transaction_type')
    return lines
      .filter(
        ({ at }) => Date.parse(at) >= from && Date.parse(at) <= to && Date.parse(at) + fake.reportLagMs <= clock(),
      )
      .filter(({ code }) => only === null || code === only)
      .map(({ id, code, amount, sign, at, order, of }) => ({
        transaction_info: {
          ...{ transaction_id: id, transaction_event_code: code, transaction_initiation_date: at },
          ...{ transaction_amount: { ...amount, value: `${sign}${amount.value}` }, transaction_status: 'S' },
          ...(!fake.unmarked && { custom_field: order.custom_id }),
          ...(of && { paypal_reference_id: of }),
        },
      }))
  }
  const handle = (call: FakeCall): FakeAnswer => {
    const pem = certificates.get(call.path)
    if (pem !== undefined) return { status: 200, body: Buffer.from(pem), headers: { 'content-type': 'text/plain' } }
    if (call.path === '/v1/oauth2/token') {
      const basic = Buffer.from(`${fake.clientId}:${fake.clientSecret}`).toString('base64')
      if (call.headers.authorization !== `Basic ${basic}`) return json(401, { error: 'invalid_client' })
      const token = idOf('A21')
      tokens.add(token)
      return json(200, { access_token: token, token_type: 'Bearer', expires_in: 32_400 })
    }
    if (!tokens.has(call.headers.authorization?.replace('Bearer ', '') ?? '')) {
      return json(401, { error: 'invalid_token', error_description: 'Token signature verification failed' })
    }
    const requestId = call.headers['paypal-request-id']
    const key = typeof requestId === 'string' && call.method === 'POST' ? `${call.path} ${requestId}` : undefined
    const before = key === undefined ? undefined : answered.get(key)
    if (before) return before
    const answer = work(call)
    // It remembers what it did, not what it refused.
    if (key !== undefined && answer.status < 300) answered.set(key, answer)
    return answer
  }
  const server = await startFakeServer(seed, handle, clock)
  const authority = await createAuthority(now())
  const validity = { from: now() - 30 * dayMs, to: now() + 300 * dayMs }
  let signer = await authority.issue({ commonName: 'messageverificationcerts.127.0.0.1', ...validity })
  let certPath = '/v1/notifications/certs/CERT-360caa42-1'
  certificates.set(certPath, signer.pem)
  const orderBy = (customId: string): Order | undefined =>
    [...orders.values()].findLast(({ custom_id }) => custom_id === customId)
  const fake: FakePayPal = {
    ...{ server, authority, webhooks, clientId: 'a-client', clientSecret: 'a-secret', webhookId: '8PT597110X687430L' },
    ...{ skewMs: 0, slowRefunds: false, lagMs: 0, reportLagMs: 0, overlapping: false, unmarked: false, listed },
    endTokens: () => tokens.clear(),
    approve: (customId, buyer = 1) => {
      const order = orderBy(customId)
      if (order?.status !== 'PAYER_ACTION_REQUIRED') return
      Object.assign(order, { status: 'APPROVED', buyer })
      tell('CHECKOUT.ORDER.APPROVED', orderOf(order))
    },
    lie: (customId, value) => {
      const order = orderBy(customId)
      if (order) order.amount = { ...order.amount, value }
    },
    settle: () => {
      for (const order of orders.values()) {
        for (const { refunds } of order.captures) for (const one of refunds) one.status = 'COMPLETED'
      }
    },
    dispute: (customId) => {
      const order = orderBy(customId)
      if (!order) throw new Error('no such order')
      const now = new Date(clock()).toISOString()
      const made = { dispute_id: idOf('PP-D-'), status: 'OPEN', outcome: null, create_time: now, update_time: now }
      order.disputes.push(made)
      tell('CUSTOMER.DISPUTE.CREATED', disputeOf(order, made))
      return made.dispute_id
    },
    refundElsewhere: (customId, value) => {
      const order = orderBy(customId)
      const [capture] = order?.captures ?? []
      if (!order || !capture) throw new Error('nothing was paid')
      refund(order, capture, { amount: { ...capture.amount, value } })
    },
    disputeElsewhere: () => {
      const amount = { currency_code: 'USD', value: '1.00' }
      const mark = idOf('shop-')
      create({ intent: 'CAPTURE', purchase_units: [{ custom_id: mark, invoice_id: mark, amount }] })
      const order = orderBy(mark)
      if (order) take(order, amount)
      return fake.dispute(mark)
    },
    resolve: (disputeId, outcome) => changed(disputeId, { status: 'RESOLVED', outcome }, 'RESOLVED'),
    appeal: (disputeId) => changed(disputeId, { status: 'UNDER_REVIEW', outcome: null }, 'UPDATED'),
    sign: (body, at = clock()) =>
      signWebhook(body, { signer, webhookId: fake.webhookId, certUrl: `${server.address}${certPath}`, at }),
    signBy: (other) => {
      signer = other
      certPath = `/v1/notifications/certs/${idOf('CERT-')}`
      certificates.set(certPath, other.pem)
    },
    close: server.close,
  }
  return fake
}
